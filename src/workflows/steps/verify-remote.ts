import { StepProblem } from '../runbook/interruptions.ts'
import { defineStep } from '../runbook/step.ts'
import { stillLink } from './link-change.ts'

export const verifyRemote = defineStep({
  id: 'verify-remote',
  revision: 1,
  title: 'See the remote topics arrive',
  touchesSource: false,
  skip: 'never',
  observe: async () => null,
  async prove(run) {
    const link = run.link('nextLink')
    const { verdict } = await run.until('verify-remote', {
      probe: (waits, maxMs) =>
        waits.awaitRemoteTopics({
          ...link,
          topics: run.plan.topics,
          naming: run.plan.naming,
          pollMs: run.plan.timing.poll,
          maxMs,
        }),
      reached: ({ verified }) => verified,
      explain: ({ detail, missing }) =>
        `Remote topics on ${link.to} are not all there or do not keep up: ${detail}${missing.length > 0 ? `; missing ${missing.slice(0, 5).join(', ')}` : ''}. The run keeps checking.`,
      ...stillLink(run, run.plan.timing.stall),
    })
    if (!verdict.verified) throw new StepProblem(verdict.detail)
    return {
      detail: verdict.detail,
      fact: verdict,
      entries: [
        { type: 'protection', link: { from: link.from, to: link.to }, at: run.now() },
        { type: 'active', active: link.from, standby: link.to },
      ],
    }
  },
})
