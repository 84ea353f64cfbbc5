import { lastMove } from '../../domain/dossier.ts'
import { rereadText } from '../../domain/reread.ts'
import { defineStep } from '../runbook/step.ts'
import { groupsOf, remoteTopics } from './reading.ts'

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
    })
    const move = lastMove(run.dossier, run.plan.source, target)
    const reread = move?.reread?.map(rereadText) ?? []
    const told = reread.length === 0 ? '' : `; read twice by ${reread.join('; ')}`
    return { detail: `${verdict.detail}${told}`, fact: verdict }
  },
})
