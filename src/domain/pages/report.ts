import type { ForeseenOffsets, OffsetPlan } from '../../contract/offset-plan.ts'
import type { MoveRecord, Settlement } from '../../contract/dossier.ts'
import type { Certificate, LossLedger } from '../../contract/evidence.ts'
import type { Expectations } from '../../contract/plan.ts'
import type { Progress } from '../../contract/progress.ts'
import { unreadOfMoves, unreadOnTargetText } from '../choices/unread.ts'
import { provenVerdicts } from '../certificate/verdict.ts'
import { worstFirst } from '../certificate/text.ts'
import { worstRows } from '../assess/foreseen-offsets.ts'
import { ledgerMarkdown, settlementMarkdown } from '../losses/ledger-text.ts'
import { line, moment, table } from '../text/markdown-text.ts'
import { phantomsText } from '../certificate/phantoms.ts'
import { rereadText } from '../positions/reread.ts'
import { stepList } from './step-list.ts'

export interface ReportExtra {
  readonly certificate?: Certificate | null
  readonly ledger?: LossLedger | null
  readonly settlement?: Settlement | null
  readonly offsetPlan?: OffsetPlan | null
  /** Where the groups would continue; shown until they are placed. */
  readonly foreseen?: ForeseenOffsets | null
  readonly expectations?: Expectations | null
  readonly move?: MoveRecord | null
  /** What a person decided on what the assessment found, a sentence each. */
  readonly choices?: readonly string[]
}

/** Rows a person reads; the whole evidence is in the run's history. */
const rowsShown = 200

/** The record of a run, to be filed: what was done, when, by whose decision, on what evidence, and what is left. */
export function reportMarkdown(progress: Progress, extra: ReportExtra): string {
  return [
    `# ${progress.operation} of ${line(progress.pair)}: ${progress.source} → ${progress.target}`,
    facts(progress),
    `## Steps\n\n${stepList(progress.steps)}`,
    extra.expectations ? expectationsMarkdown(extra.expectations) : '',
    extra.certificate ? certificateMarkdown(extra.certificate) : '',
    extra.choices && extra.choices.length > 0 ? listSection('Chosen before approval', extra.choices) : '',
    extra.move ? unreadMarkdown(extra.move) : '',
    extra.ledger ? `## Loss ledger\n\n${ledgerMarkdown(extra.ledger)}` : '',
    extra.settlement ? `## Stranded records: the receipt\n\n${settlementMarkdown(extra.settlement)}` : '',
    extra.offsetPlan ? offsetsMarkdown(extra.offsetPlan) : extra.foreseen ? foreseenMarkdown(extra.foreseen) : '',
    extra.move?.reread ? rereadMarkdown(extra.move) : '',
    listSection(
      'Waits for',
      progress.waitingFor.map(({ step, text }) => `${step}: ${text}`),
    ),
    listSection(
      'Tickets',
      progress.tickets.map(
        ({ id, desk, openedAt, completedAt, completedBy }) =>
          `${id} at ${desk}, opened ${openedAt}, ${completedAt === undefined ? 'not completed' : `completed ${completedAt} by ${completedBy ?? 'somebody'}`}`,
      ),
    ),
    listSection('Outstanding', progress.obligations),
    listSection(
      'Findings',
      progress.findings.map(({ severity, code, text }) => `${severity} (${code}): ${text}`),
    ),
    listSection('Notes', progress.notes),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

function facts(progress: Progress): string {
  const refused = progress.refusedMessages.count
  return [
    `State: **${progress.state}**, ${progress.mode}${progress.dryRun ? ', dry run: nothing was changed' : ''}`,
    `Workflow: \`${progress.workflowId}\`, episode ${progress.episode}, plan ${progress.planHash === null ? 'not made' : `\`${progress.planHash}\``}`,
    `Started ${progress.startedAt}, ${progress.finishedAt === null ? `not finished as of ${progress.updatedAt}` : `finished ${progress.finishedAt}`}`,
    `Point of no return: ${progress.pointOfNoReturnAt ?? 'not passed'}`,
    ...(refused === 0 ? [] : [`Messages refused: ${refused}`]),
  ]
    .map((fact) => `- ${fact}`)
    .join('\n')
}

function expectationsMarkdown({
  lossRecords,
  lossText,
  lossSeenAt,
  missing,
  lostBefore,
  lostBeforeText,
  duplicates,
  duplicateOutputs,
  orderBreaks,
  phantoms,
}: Expectations): string {
  return listSection('Expected before approval', [
    `records lost to the readers: ${lossRecords === null ? (lossText ?? 'cannot be known') : lossRecords === 0 ? 0 : `at most ${lossRecords}`}${lossSeenAt === undefined ? '' : `, as the source was last seen on ${moment(lossSeenAt)}`}`,
    ...(missing === undefined ? [] : [`of these mirrored once, and missing from the copies: ${missing}`]),
    ...(lostBefore === undefined
      ? []
      : [`lost before, as the watch saw it: ${lostBeforeText ?? `${lostBefore} offsets`}`]),
    ...duplicates.map(({ group, records }) => `${group} may read ${records} records twice at most`),
    ...(duplicateOutputs ?? []).map(
      ({ application, records }) => `${application} may write the outputs of ${records} records twice at most`,
    ),
    ...orderBreaks.map(({ group, reason }) => `order breaks for ${group}: ${reason}`),
    ...(phantoms === undefined ? [] : [`not committed, and yet in the copies: ${phantomsText(phantoms)}`]),
  ])
}

function certificateMarkdown(certificate: Certificate): string {
  const rows = certificate.topics.map(({ topic, rows: partitions }) => {
    const proven = partitions.filter(([, , , , , , verdict]) => provenVerdicts.has(verdict)).length
    return [topic, partitions.length, proven, partitions.reduce((sum, [, , , , , lag]) => sum + lag, 0)]
  })
  const verdict = certificate.complete ? 'everything up to the fenced end is mirrored' : 'not proven'
  return [
    `## Certificate\n\nTaken ${certificate.takenAt} on ${certificate.link}: **${verdict}**.`,
    table(['topic', 'partitions', 'proven', 'lag'], rows, rowsShown),
    ...(certificate.complete
      ? []
      : [
          worstFirst(certificate, 20)
            .split('\n')
            .map((text) => `- ${line(text)}`)
            .join('\n'),
        ]),
  ].join('\n\n')
}

function offsetsMarkdown(plan: OffsetPlan): string {
  return [
    '## Where the groups continue',
    offsetsTable(worstRows(plan)),
    ...(plan.obstacles.length === 0 ? [] : [plan.obstacles.map((text) => `- ${line(text)}`).join('\n')]),
  ].join('\n\n')
}

function foreseenMarkdown({ rows, partitions }: ForeseenOffsets): string {
  const more = partitions > rows.length ? `; the worst ${rows.length} of ${partitions}` : ''
  return [
    `## Where the groups would continue\n\nAs assessed${more}. Offsets advance until the groups are placed; the approval binds why each is chosen, and how much may be read twice.`,
    offsetsTable(rows),
  ].join('\n\n')
}

function offsetsTable(rows: ForeseenOffsets['rows']): string {
  return table(
    ['group', 'topic', 'partition', 'committed on the source', 'translated', 'offset', 'read twice at most', 'why'],
    rows.map(([group, topic, partition, chosen, committed, translated, duplicates, why]) => [
      group,
      topic,
      partition,
      committed < 0 ? 'none' : committed,
      translated < 0 ? 'none' : translated,
      chosen,
      duplicates,
      why,
    ]),
    rowsShown,
  )
}

/** Not of the loss: these records are there, and nobody of the pair reads them. */
function unreadMarkdown(move: MoveRecord): string {
  const texts = unreadOfMoves([move]).map(unreadOnTargetText)
  return texts.length === 0 ? '' : `## Read by no group\n\n${texts.map(line).join('\n')}.`
}

function rereadMarkdown({ from, to, reread = [] }: MoveRecord): string {
  return listSection(
    'Read twice: declared and counted',
    [...reread]
      .sort((a, b) => b.declared - a.declared)
      .slice(0, rowsShown)
      .map((each) => `${from} → ${to}, ${rereadText(each)}`),
  )
}

function listSection(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `## ${title}\n\n${items.map((item) => `- ${line(item)}`).join('\n')}`
}
