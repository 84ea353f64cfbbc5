import type { DossierEntry, MoveRecord } from '../../contract/dossier.ts'
import { lastMove } from '../../domain/dossier/dossier.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { selectionBudget, stillLink } from './link-change.ts'

/**
 * A paused link keeps its old selection until it resumes, and with a dark source it may never. Giving the source up, it is
 * stopped: the new selection then counts from its next start on.
 */
async function stopPaused(run: Run): Promise<void> {
  const link = run.link()
  const { state } = await run.activities.reads.observeLink(link)
  if (state !== 'paused') return
  await run.activities.writes.disableLink({ lease: run.lease, link })
  run.record.note(`${link.from}->${link.to} was paused: it was stopped, since ${link.from} is given up`)
}

/** In a forced run this can take minutes: whoever follows it is to see that nobody waits for it. */
function tellWhoWaits(run: Run): void {
  if (run.factEntry('start-consumers') === undefined) return
  const { source, target, link } = run.plan
  run.slowBecause = `${source} does not answer, and Connect's tasks wait for it before they follow a new selection: up to some minutes. Applications already run on ${target}, and nothing has to be done meanwhile.`
  run.record.enter('disable-topics', 'running', run.now(), {
    detail: `applications were started on ${target}; the tasks of ${link.from}->${link.to} may take minutes to follow, since ${source} does not answer`,
  })
  run.publish()
}

/** The groups were placed while the link was still on: how far it came is final only now. Null: it was final then. */
async function finalMove(run: Run): Promise<MoveRecord | null> {
  const { source, target, topics, positionsKept } = run.plan
  const move = lastMove(run.dossier, source, target)
  if (!run.forced || positionsKept || move?.episode !== run.episode || move.operation !== run.plan.operation)
    return null
  const read = await run.activities.reads.readMirroredTo({ ...run.link(), topics })
  const mirroredTo = read.map(({ topic, offsets }) => ({
    topic,
    offsets: offsets.map(([partition, offset]): [number, number] => [partition, offset]),
  }))
  return { ...move, mirroredTo }
}

/**
 * The failback puts back what the link selected before the episode. Where nobody could ask the link when the run looked, as while
 * its Connect was starting, this is the first that is seen of it, and the last before it is changed.
 */
function originalSeen(run: Run, { before, after }: { before: string | null; after: string }): DossierEntry[] {
  const { operation, link } = run.plan
  if (operation !== 'failover' || run.dossier.episode?.original || before === null || before === after) return []
  return [{ type: 'original', link, selection: { link, topics: before } }]
}

export const disableTopics = defineStep({
  id: 'disable-topics',
  revision: 1,
  title: 'Disable the mirrored topics',
  touchesSource: false,
  skip: 'never',
  /**
   * The tasks of a link follow a new selection only once their source has answered, or after minutes. Where it is lost, and
   * producers run already, nobody waits for that.
   */
  async postpone(run) {
    const started = run.factEntry('start-producers')?.state
    if (started !== 'done' && started !== 'skipped') return null
    const why = await run.sourceSilent()
    return why === null ? null : { behind: 'start-consumers', why }
  },
  observe: (run) =>
    run.activities.reads.planSelection({ ...run.link(), naming: run.plan.naming, remove: run.plan.topics }),
  before: originalSeen,
  async apply(run, selection) {
    // An absent link mirrors nothing, so there is nothing to take out.
    if (selection.before === null || selection.before === selection.after) return
    if (run.forced) {
      tellWhoWaits(run)
      await stopPaused(run)
    }
    await run.activities.writes.setSelection({
      lease: run.lease,
      link: run.link(),
      text: selection.after,
      expected: selection.before,
    })
  },
  async prove(run, selection) {
    const { verdict } = await run.until('disable-topics', {
      probe: (waits, maxMs) =>
        waits.awaitAssigned({
          ...run.link(),
          topics: run.plan.topics,
          present: false,
          pollMs: run.plan.timing.linkPoll ?? run.plan.timing.poll,
          maxMs,
        }),
      budgetMs: selectionBudget(run),
      // The tasks of a link whose source is lost take minutes: that is said while it lasts, and nobody can shorten it.
      ...(run.forced ? {} : stillLink(run)),
      reached: ({ reached }) => reached,
      explain: ({ detail }) =>
        `Topics are still mirrored from ${run.plan.link.from} to ${run.plan.link.to}: ${detail}. The run keeps checking.`,
    })
    if (!verdict.reached) throw new StepProblem(verdict.detail)
    const move = await finalMove(run)
    return {
      detail: `${run.plan.topics.length} topics taken out of ${run.plan.link.from}->${run.plan.link.to}`,
      fact: selection,
      entries: [
        { type: 'protection', link: null, at: run.now() },
        ...(move === null ? [] : [{ type: 'move' as const, move }]),
      ],
    }
  },
  async undo(run, before) {
    if (before.before === null || before.before === before.after) return { detail: 'nothing had been taken out' }
    // By entry, not by the old text: others may have changed the selection meanwhile.
    const { before: live, after } = await run.activities.reads.planSelection({
      ...run.link(),
      naming: run.plan.naming,
      back: { topics: run.plan.topics, original: before.before, unjudged: true },
    })
    if (live !== after)
      await run.activities.writes.setSelection({ lease: run.lease, link: run.link(), text: after, expected: live })
    return {
      detail: `selection of ${run.plan.link.from}->${run.plan.link.to} as before`,
      entries: [{ type: 'protection', link: run.plan.link, at: run.now() }],
    }
  },
})
