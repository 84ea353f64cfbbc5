import type { PositionCheck } from '../../contract/activities.ts'
import type { MirroredTo } from '../../contract/evidence.ts'
import type { StepId } from '../../contract/steps.ts'
import { withSettled } from '../../domain/positions/changes.ts'
import { sampleOfLink } from '../../domain/watch/remembered-links.ts'
import { some } from '../../domain/watch/look.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { type Step, defineStep } from '../runbook/step.ts'
import { linkChanged } from './link-change.ts'

/** Positions past records that a person settled as not to be mirrored. */
function settledPositions(run: Run): { topic: string; offsets: MirroredTo[] }[] {
  const { from } = run.link('nextLink')
  // Each decision is on everything that is stranded there: the last one counts.
  const settled = run.dossier.settlements.findLast(
    ({ cluster, episode }) => cluster === from && episode === run.episode,
  )
  if (settled === undefined || settled.action === 'keep') return []
  return settled.topics.map(({ topic, rows }) => {
    // Of several ranges of a partition the last one tells: nothing before it is mirrored again either.
    const last = new Map<number, number>()
    for (const [partition, , to] of rows) last.set(partition, Math.max(to - 1, last.get(partition) ?? 0))
    return { topic, offsets: [...last] satisfies MirroredTo[] }
  })
}

/** Right before it runs: with the selection it has now, and the links that are on now. */
async function refuseLoops(run: Run): Promise<void> {
  const link = run.link('nextLink')
  const { refused } = await run.activities.reads.planSelection({ ...link, naming: run.plan.naming, add: [] })
  if (refused.length > 0)
    throw new StepProblem(
      `${link.from}->${link.to} was not enabled: with its selection records would loop: ${refused.join('; ')}. Narrow the selection of one of these links to exact names, or disable the other one.`,
      { mayPassByItself: true },
    )
}

/** What the check found and the run did about it, with numbers. */
interface PositionsFact {
  partitions: number
  offsets: number
  changes: PositionCheck['changes']
}

function fittedText({ partitions, offsets, changes }: PositionsFact): string {
  const counted = `${offsets} offsets of ${partitions} partition${partitions === 1 ? '' : 's'}`
  return changes.length === 0 ? `${counted} are missing from the copies` : `${counted} are mirrored again`
}

/**
 * A source that is truncated or another one, and copies that are gone, would leave records unmirrored for good: the positions of
 * these partitions are set back or deleted before the link runs, and read back. Positions past settled records are set with them,
 * where nothing that the copies lack lies before. `running`: the link is stopped for it, and nothing is set where nothing has to
 * be set back.
 */
async function positionsFitted(run: Run, id: StepId, running: boolean): Promise<PositionsFact | null> {
  const link = run.link('nextLink')
  const settlements = run.dossier.settlements.filter(({ cluster }) => cluster === link.from)
  const { changes, partitions, offsets, text, todo } = await run.activities.reads.checkPositions({
    ...link,
    topics: run.plan.topics,
    sample: sampleOfLink(run.dossier, link),
    settlements,
    running,
  })
  const settled = settledPositions(run)
  if (changes.length > 0 && run.plan.positionsKept) {
    run.record.note(
      `${text} The provider of ${link.from}->${link.to} keeps its positions, so this run cannot set them back. ${todo}`,
    )
    return { partitions, offsets, changes: [] }
  }
  if (changes.length === 0) {
    if (settled.length > 0 && !running)
      await run.activities.writes.setLinkPosition({ lease: run.lease, link, positions: settled })
    if (settled.length > 0 && running && !run.plan.positionsKept)
      run.record.note(
        `settled records of ${some(settled.map(({ topic }) => topic))} on ${link.from} are mirrored to ${link.to} all the same: ${link.from}->${link.to} runs already, and positions are moved only while it is stopped`,
      )
    return null
  }
  if (running) {
    const { assignedTopics } = await run.activities.reads.observeLink(link)
    if (assignedTopics.length > 0) {
      throw new StepProblem(
        `${text} ${link.from}->${link.to} mirrors other topics, so this run does not stop it. ${todo} Then send retry.`,
      )
    }
    await run.activities.writes.disableLink({ lease: run.lease, link })
  }
  const { positions, again } = withSettled(changes, settled, settlements, link.from)
  await run.activities.writes.setLinkPosition({ lease: run.lease, link, positions })
  run.record.note(
    `${text} The positions of ${partitions} partition${partitions === 1 ? '' : 's'} were set back and read back (${id}): ${offsets} offsets of ${link.from} are mirrored again.`,
  )
  if (again.length > 0) {
    run.record.note(
      `Settled records of ${some(again)} on ${link.from} are mirrored to ${link.to} all the same: they lie behind records that the copies lack.`,
    )
  }
  return { partitions, offsets, changes: positions }
}

function enableLink(id: StepId & ('enable-reverse' | 'enable-original'), title: string): Step {
  return defineStep({
    id,
    revision: 1,
    title,
    touchesSource: false,
    skip: 'never',
    pointOfNoReturn: true,
    async observe(run) {
      const link = run.link('nextLink')
      await refuseLoops(run)
      return run.activities.reads.observeLink(link)
    },
    async apply(run, view) {
      const link = run.link('nextLink')
      // The positions of a connector that does not exist cannot be read: it is created first, selecting nothing.
      if (view.state === 'absent') await run.activities.writes.enableLink({ lease: run.lease, link })
      const fitted = await positionsFitted(run, id, view.state !== 'stopped')
      if (run.plan.positionsKept && settledPositions(run).length > 0) {
        run.record.note(
          `records that were settled on ${link.from} are mirrored to ${link.to} all the same: the provider keeps the position of ${link.from}->${link.to}`,
        )
      }
      await run.activities.writes.enableLink({ lease: run.lease, link })
      return fitted
    },
    async prove(run, _view, fitted) {
      const detail = await linkChanged(run, id, 'nextLink', 'enabled')
      const seen = await run.activities.reads.observeLink(run.link('nextLink'))
      return fitted ? { detail: `${detail}; ${fittedText(fitted)}`, fact: { ...seen, fitted } } : { detail, fact: seen }
    },
  })
}

export const enableReverse = enableLink('enable-reverse', 'Enable mirroring the other way')
export const enableOriginal = enableLink('enable-original', 'Enable the original mirroring')
