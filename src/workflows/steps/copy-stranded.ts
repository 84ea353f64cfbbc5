import type { CopiedRow } from '../../contract/activities.ts'
import type { Settlement } from '../../contract/dossier.ts'
import { type CopyAction, copiesInto, copyId, copyPortions, tooLong } from '../../domain/losses/stranded-copy.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'

/** One stretch of copying, ms: between two of them a pause or a hand-over is honoured. */
const stretch = 120_000

/** Copies what was decided on, exactly once whatever is killed meanwhile. Called again it goes on where it was. */
export async function copyAll(run: Run, action: CopyAction, topics: Settlement['topics']): Promise<void> {
  const { order, portions, refused } = copyOf(run, action, topics)
  if (refused.length > 0) {
    throw new StepProblem(`${refused[0]} is longer than Kafka allows a topic's name to be. Decide otherwise.`)
  }
  if (!run.dossier.copies?.some(({ id }) => id === order.id)) {
    for (const portion of portions) {
      await run.activities.writes.copyStranded({ ...order, topics: portion, begin: true })
    }
    const { id, to: cluster } = order
    await run.remember(`settle-stranded:copy:${run.lease.epoch}:${id}`, [
      { type: 'copy', copy: { id, cluster, episode: run.episode, at: run.now(), action } },
    ])
  }
  for (const portion of portions) {
    for (;;) {
      await run.gate()
      const { done } = await run.activities.writes.copyStranded({ ...order, topics: portion, begin: false })
      if (done) break
    }
  }
}

/** What was copied of each partition, once all of it is: asked of the copy itself, which has nothing left to do. */
export async function readCopied(
  run: Run,
  action: CopyAction,
  topics: Settlement['topics'],
): Promise<{ topic: string; rows: CopiedRow[] }[]> {
  const { order, portions } = copyOf(run, action, topics)
  const copied: { topic: string; rows: CopiedRow[] }[] = []
  for (const portion of portions) {
    const answer = await run.activities.writes.copyStranded({ ...order, topics: portion, begin: false })
    copied.push(...answer.topics)
  }
  return copied
}

function copyOf(run: Run, action: CopyAction, topics: Settlement['topics']) {
  const into = copiesInto(action, run.episode)
  const order = {
    lease: run.lease,
    id: copyId(run.plan.pair, run.episode, action),
    from: run.plan.target,
    to: run.plan.source,
    create: action === 'quarantine',
    maxMs: stretch,
  }
  return { order, portions: copyPortions(topics, into), refused: tooLong(into, topics) }
}
