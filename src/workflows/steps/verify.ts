import type { SeenRanges } from '../../contract/choices.ts'
import type { OffsetPlan } from '../../contract/offset-plan.ts'
import { passedOver, unreadText } from '../../domain/choices/unread.ts'
import { lastMove } from '../../domain/dossier.ts'
import { rereadText } from '../../domain/reread.ts'
import { failureText } from '../runbook/failure-text.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { groupsOf, remoteTopics } from './reading.ts'

/** A number for the report: nothing waits for it. */
async function countUnread(run: Run): Promise<SeenRanges[]> {
  const offsets = run.result<{ plan: OffsetPlan }>('place-groups')?.plan
  if (offsets === undefined || !passedOver(run.plan, offsets)) return []
  try {
    return await run.activities.reads.countUnread({ plan: run.plan, dossier: run.dossier, offsets })
  } catch (error) {
    run.record.note(`what no group reads on ${run.plan.target} could not be counted: ${failureText(error)}`)
    return []
  }
}

export const verify = defineStep({
  id: 'verify',
  revision: 1,
  title: 'Producers and consumers make progress',
  touchesSource: false,
  skip: 'operator',
  observe: async () => null,
  async prove(run) {
    const { target, topics, timing } = run.plan
    const groups = groupsOf(run).map(({ group, topics: read }) => ({
      group,
      topics: [...remoteTopics(run, read), ...read],
    }))
    const { verdict } = await run.until('verify', {
      probe: (waits, maxMs) =>
        waits.awaitProgress({ cluster: target, producerTopics: topics, groups, pollMs: timing.poll, maxMs }),
      reached: ({ verified }) => verified,
      explain: ({ detail }) => `No progress seen on ${target}: ${detail}. The run goes on looking.`,
      choices: ['retry', 'skip'],
      stillMs: run.askAfter,
    })
    const move = lastMove(run.dossier, run.plan.source, target)
    const reread = move?.reread?.map(rereadText) ?? []
    const told = reread.length === 0 ? '' : `; read twice by ${reread.join('; ')}`
    const unread = await countUnread(run)
    return {
      detail: `${verdict.detail}${told}${unread.length === 0 ? '' : `; ${unreadText(unread, target)}`}`,
      fact: verdict,
      ...(move && unread.length > 0 ? { entries: [{ type: 'move' as const, move: { ...move, unread } }] } : {}),
    }
  },
})
