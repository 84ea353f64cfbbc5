import { pairQueries } from '../../contract/definitions.ts'
import { pairWorkflowId } from '../../contract/names.ts'
import type { PairStatus, Readiness } from '../../contract/pair-messages.ts'
import { CliFailure, exitCodes, type ExitCode, usageFailure } from '../exit-codes.ts'
import { explain } from '../temporal/failures.ts'
import { remark, say, sayJson, show as showLines } from '../output.ts'
import { readConfig } from '../read-config.ts'
import { defaultConfigPath } from '../task-queue.ts'
import { statusLines } from '../render/status.ts'
import { query } from '../temporal/run-queries.ts'
import { withTemporal, type Temporal } from '../temporal/connect.ts'
import type { JsonOptions } from './plan.ts'

/** `switchback status`: one pair, or all of them. Fails (exit code 1) when one of them gives no answer. */
export async function status(pair: string | undefined, options: StatusOptions): Promise<ExitCode> {
  if (options.clusters && pair === undefined)
    throw usageFailure(
      '--clusters asks the clusters of one pair: name it, for example: switchback status accounting --clusters',
    )
  return withTemporal(options, async (temporal) => {
    if (pair !== undefined && options.clusters) return withClusters(temporal, pair, options)
    if (pair !== undefined) {
      show([await ask(temporal, pair)], options)
      return exitCodes.success
    }
    const { answers, silent } = await askAll(temporal, await pairs(temporal))
    show(answers, options)
    for (const failure of silent) remark(`switchback: ${failure.message}`)
    return silent.length === 0 ? exitCodes.success : exitCodes.failed
  })
}

export interface StatusOptions extends JsonOptions {
  /** Ask the clusters what of ours is there. */
  clusters?: boolean
}

/** The pair, and everything of ours on its clusters as they answer now: with the whole configuration, as `check`. */
async function withClusters(temporal: Temporal, pair: string, options: StatusOptions): Promise<ExitCode> {
  const [answer, dossier] = await Promise.all([
    ask(temporal, pair),
    query(temporal, pairWorkflowId(pair), pairQueries.dossier),
  ])
  const config = readConfig(options.config ?? defaultConfigPath)
  const configured = config.pairs[pair]
  if (configured === undefined) throw usageFailure(`The configuration has no pair ${pair}.`)
  const [{ createPorts }, { clustersOf }, { seeOurs, oursLines }] = await Promise.all([
    import('../../adapters/ports.ts'),
    import('../../activities/configured.ts'),
    import('../check/ours.ts'),
  ])
  const ports = createPorts(() => config)
  try {
    const ours = await seeOurs(ports, dossier, { clusters: clustersOf(configured), memoryTopic: config.memory.topic })
    if (options.json) sayJson([{ ...answer, ours }], 2)
    else {
      show([answer], options)
      showLines(['', 'On the clusters, of ours:', ...oursLines(ours).map((text) => `  ${text}`)])
    }
    return ours.some(({ there }) => there === null) ? exitCodes.failed : exitCodes.success
  } finally {
    await ports.close()
  }
}

interface PairAnswer {
  status: PairStatus
  readiness: Readiness
}

async function ask(temporal: Temporal, pair: string): Promise<PairAnswer> {
  const id = pairWorkflowId(pair)
  const [answer, readiness] = await Promise.all([
    query(temporal, id, pairQueries.status),
    query(temporal, id, pairQueries.readiness),
  ])
  return { status: answer, readiness }
}

async function askAll(temporal: Temporal, names: string[]): Promise<{ answers: PairAnswer[]; silent: CliFailure[] }> {
  const asked = await Promise.allSettled(names.map((name) => ask(temporal, name)))
  return {
    answers: asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    silent: asked.flatMap((each, index) => {
      if (each.status === 'fulfilled') return []
      const { exitCode, message } = explain(each.reason)
      return [new CliFailure(exitCode, `${names[index] ?? 'a pair'}: ${message}`)]
    }),
  }
}

async function pairs({ client }: Temporal): Promise<string[]> {
  const names: string[] = []
  const open = client.workflow.list({ query: `WorkflowType = 'pair' AND ExecutionStatus = 'Running'` })
  for await (const { workflowId } of open) names.push(workflowId.replace(/^pair\//, ''))
  return names.sort()
}

function show(answers: PairAnswer[], { json }: JsonOptions): void {
  if (json) sayJson(answers, 2)
  else if (answers.length === 0)
    say('No pair is known to Temporal yet. A worker starts one for each pair of its switchback.yaml.')
  else
    showLines(
      answers.flatMap((each, index) => [
        ...(index === 0 ? [] : ['']),
        ...statusLines(each.status, each.readiness, new Date()),
      ]),
    )
}
