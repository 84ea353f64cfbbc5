import { Client, Connection } from '@temporalio/client'
import type { Lab } from '../../../lab/lab.ts'
import { startGuard } from '../../../lab/process/guard.ts'
import { runQueries } from '../../../src/contract/definitions.ts'
import type { RunResult } from '../../../src/contract/progress.ts'
import { startWorker } from '../../demo/worker-process.ts'
import { activitySpans, covered, duration, type Span } from '../history-spans.ts'
import { pairIsReady } from '../region/measure.ts'

/** Of a run on real clusters, ms: all of it, and what it took beside everything it asked for; and its steps. */
export type OwnTime = { wholeMs: number; ownMs: number; steps: number; spans: Span[] }

/** A planned failover by the product, approved beforehand, until it has succeeded. */
export async function failoverByProduct(lab: Lab): Promise<OwnTime> {
  const guard = startGuard()
  const connection = await Connection.connect({ address: lab.temporal.address })
  try {
    const client = new Client({ connection, namespace: lab.temporal.namespace })
    await startWorker(lab, client, guard)
    await pairIsReady(client, lab.pair)
    const run = await client.workflow.start('failover', {
      taskQueue: 'switchback',
      workflowId: `failover/${lab.pair}`,
      args: [{ pair: lab.pair, reason: 'a cutover', requestedBy: 'bench', approvedBy: 'bench' }],
    })
    const { state, progress } = (await run.result()) as RunResult
    if (state !== 'succeeded') throw new Error(`the failover ended as ${state}: ${JSON.stringify(progress.steps)}`)
    const history = await run.fetchHistory()
    const { steps } = await run.query(runQueries.progress)
    return {
      wholeMs: duration(history),
      ownMs: duration(history) - covered(outside(history)),
      steps: steps.length,
      spans: activitySpans(history),
    }
  } finally {
    await guard.end()
    await connection.close()
  }
}

/** What asks Kafka, Connect or an application, or waits for them; the others only ask Temporal. */
function outside(history: Parameters<typeof activitySpans>[0]) {
  const inside = ['acquireLease', 'recordFacts', 'releaseLease', 'lastSample', 'readiness', 'draftPlan']
  return activitySpans(history).filter(({ activity }) => !inside.includes(activity))
}
