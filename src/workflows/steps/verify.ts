import { isCancellation } from '@temporalio/workflow'
import type { MoveRecord } from '../../contract/dossier.ts'
import type { OffsetPlan } from '../../contract/offset-plan.ts'
import { passedOver, unreadOfMoves, unreadOnTargetText } from '../../domain/choices/unread.ts'
import { lastMove } from '../../domain/dossier/dossier.ts'
import { rereadText } from '../../domain/positions/reread.ts'
import { failureText, isLeaseLost } from '../runbook/failure-text.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { groupsOf, remoteTopics } from './reading.ts'

/** A number for report and ledger: nothing waits for it, and where it cannot be had it is unknown, not none. */
async function countUnread(run: Run): Promise<Pick<MoveRecord, 'unread' | 'unreadUnknown'>> {
  const offsets = run.result<{ plan: OffsetPlan }>('place-groups')?.plan
  if (offsets === undefined || !passedOver(run.plan, offsets)) return {}
  try {
    const unread = await run.activities.reads.countUnread({ plan: run.plan, dossier: run.dossier, offsets })
    return unread.length === 0 ? {} : { unread }
  } catch (error) {
    if (isLeaseLost(error) || isCancellation(error) || run.interrupted) throw error
    run.record.note(`what no group reads on ${run.plan.target} could not be counted: ${failureText(error)}`)
    return { unreadUnknown: failureText(error) }
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
      explain: ({ detail }) => `No progress seen on ${target}: ${detail}. The run keeps checking.`,
      choices: ['retry', 'skip'],
      stillMs: run.askAfter,
    })
    const move = lastMove(run.dossier, run.plan.source, target)
    const reread = move?.reread?.map(rereadText) ?? []
    const told = reread.length === 0 ? '' : `; read twice by ${reread.join('; ')}`
    const unread = await countUnread(run)
    const counted = move === undefined ? [] : unreadOfMoves([{ ...move, ...unread }])
    return {
      detail: `${verdict.detail}${told}${counted.map((one) => `; ${unreadOnTargetText(one)}`).join('')}`,
      fact: verdict,
      ...(move && counted.length > 0 ? { entries: [{ type: 'move' as const, move: { ...move, ...unread } }] } : {}),
    }
  },
})
