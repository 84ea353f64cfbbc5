import type { Expectations, Plan } from '../../contract/plan.ts'
import { madeText } from '../../domain/choices/text.ts'
import { moment } from '../../domain/text/markdown-text.ts'
import { handedOver, staysText } from '../../domain/pages/hand-over-text.ts'
import { phantomsText } from '../../domain/certificate/phantoms.ts'
import { recordsText } from '../../domain/text/records-text.ts'
import { AbortRequested } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'

export interface Approval {
  by: string
  at: string
  hash: string
  comment?: string
}

/** Before a reset the stranded records are known by the failover's ledger; what becomes of them is decided or gone. */
function foreseenOfReset({ branch, target }: Plan, { lossRecords, lossSeenAt }: Expectations): string {
  if (lossRecords !== null && lossSeenAt !== undefined)
    return (
      `${lossRecords === 0 ? 'No records were' : `At most ${lossRecords} records were`} stranded on ` +
      `${branch === 'replace' ? 'the old side' : target} when it was last seen before the failover, ${moment(lossSeenAt)}, and what was written after that is not known; ` +
      (branch === 'replace'
        ? 'without that cluster all of them are lost.'
        : 'this reset counts them and asks what becomes of them.')
    )
  if (lossRecords === 0) return 'No records are known to be stranded on the old side.'
  if (lossRecords === null)
    return branch === 'replace'
      ? 'How many records were stranded on the old side is not known; without that cluster they are lost.'
      : `How many records are stranded on ${target} is not known; this reset counts them and asks what becomes of them.`
  return branch === 'replace'
    ? `${recordsText(lossRecords)} were stranded on the old side by the failover's ledger; without that cluster they are lost.`
    : `${recordsText(lossRecords)} are stranded on ${target} by the failover's ledger; this reset counts them and asks what becomes of them.`
}

function foreseen(plan: Plan, expectations: Expectations | null): string {
  if (!expectations) return 'Nothing could be foreseen.'
  if (plan.operation === 'reset') return foreseenOfReset(plan, expectations)
  const {
    lossRecords,
    lossText,
    lossSeenAt,
    missing = 0,
    lostBefore,
    lostBeforeText,
    duplicates,
    duplicateOutputs = [],
    orderBreaks,
    phantoms,
  } = expectations
  const byHand = handedOver(plan)
  const doubled = duplicates.filter(({ records }) => records > 0)
  const rewritten = duplicateOutputs.filter(({ records }) => records > 0)
  return [
    lossRecords === null
      ? `Lost: ${lossText ?? 'unknown, since there is no sample of the lag'}.`
      : plan.mode === 'forced'
        ? `Lost to the readers on the target: at most ${lossRecords} records ${lossSeenAt === undefined ? 'as it is now' : `when ${plan.source} was last seen, ${moment(lossSeenAt)}`}, and what was written after that.`
        : lossRecords === 0
          ? 'Lost: none.'
          : `Lost to the readers on the target: at most ${lossRecords} records.`,
    ...(missing === 0 ? [] : [`Of these ${missing} were mirrored once, and the copies on ${plan.target} lack them.`]),
    ...(lostBefore === undefined
      ? []
      : [
          `Lost to ${plan.target} before, as the watch saw it: ${lostBeforeText ?? `${lostBefore} offsets`} of ${plan.source}.`,
        ]),
    doubled.length === 0
      ? 'Read twice: none expected.'
      : `Read twice, at most: ${doubled.map(({ group, records }) => `${group} ${records}`).join(', ')}.`,
    ...(rewritten.length === 0
      ? []
      : [
          `Outputs written twice, at most those of: ${rewritten.map(({ application, records }) => `${records} records by ${application}`).join(', ')}.`,
        ]),
    orderBreaks.length === 0
      ? 'Out of order: none.'
      : `Out of order: ${orderBreaks.map(({ group, reason }) => `${group} (${reason})`).join('; ')}.`,
    ...(phantoms === undefined
      ? []
      : [`Never committed on ${plan.source}, and yet in the copies: ${phantomsText(phantoms)}.`]),
    ...(plan.choices ?? []).map((made) => madeText(made, plan)),
    ...fenceTexts(plan, expectations),
    ...(expectations.exempt ?? []).map(
      ({ principal, topics }) => `The fence on ${plan.source} does not stop ${principal} (${topics.join(', ')}).`,
    ),
    ...(byHand.length === 0
      ? []
      : [`To be migrated manually, when the run asks: ${byHand.map(staysText).join(', ')}.`]),
  ]
    .map((line) => `- ${line}`)
    .join('\n')
}

function fenceTexts({ source }: Plan, { fence }: Expectations): string[] {
  if (fence === undefined) return []
  const { denies, admits } = fence
  return [
    ...(denies.length === 0
      ? []
      : [
          `The fence on ${source} also denies topics of others: ${denies.map(({ topic, principals }) => `${topic} (${principals.join(', ')})`).join(', ')}.`,
        ]),
    ...(admits.length === 0
      ? []
      : [`While the fence stands, everybody else is admitted by an ACL of its own to ${admits.join(', ')}.`]),
  ]
}

/** Asks the instance owner to declare it, bound to the plan's hash. */
export async function approvalOf(run: Run): Promise<Approval> {
  const { record, plan } = run
  const hash = record.planHash ?? ''
  const question = record.questions.ask({
    step: 'approve',
    kind: 'approval',
    text:
      `${plan.operation} of ${plan.pair} from ${plan.source} to ${plan.target} (${plan.mode}), asked for by ` +
      `${run.input.requestedBy}: ${run.input.reason}.\n${foreseen(plan, record.expectations)}\n` +
      'The instance owner declares it by approving the plan; the query plan shows it.',
    choices: run.choices([]),
    at: run.now(),
    payload: (id) => ({ update: 'approve', payload: { question: id, by: 'you', planHash: hash } }),
  })
  const answer = await run.answerTo(question)
  if (answer.action !== 'approve') throw new AbortRequested(answer.note ?? 'not approved')
  return { by: answer.by, at: answer.at, hash, ...(answer.note === undefined ? {} : { comment: answer.note }) }
}

export const approve = defineStep({
  id: 'approve',
  revision: 1,
  title: 'Approval by the instance owner',
  touchesSource: false,
  skip: 'never',
  observe: async () => null,
  async prove(run) {
    const { approvedBy } = run.input
    const expectations = run.record.expectations
    const harmless =
      !run.forced &&
      expectations !== null &&
      expectations.lossRecords === 0 &&
      expectations.orderBreaks.length === 0 &&
      (expectations.fence?.denies ?? []).length === 0 &&
      (expectations.exempt ?? []).length === 0 &&
      (run.plan.choices ?? []).length === 0
    const approval: Approval =
      approvedBy !== undefined && harmless
        ? { by: approvedBy, at: run.now(), hash: run.record.planHash ?? '', comment: 'given at the start' }
        : await approvalOf(run)
    return { detail: `approved by ${approval.by}, plan ${approval.hash}`, fact: approval }
  },
})
