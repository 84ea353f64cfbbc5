import { pairWorkflowId } from '../../contract/names.ts'
import type { PairStatus, Readiness } from '../../contract/pair-messages.ts'
import { CliFailure, exitCodes, type ExitCode } from '../exit-codes.ts'
import { explain } from '../temporal/failures.ts'
import { remark, say, sayJson } from '../output.ts'
import { statusLines } from '../render/status.ts'
import { query } from '../temporal/run-queries.ts'
import { withTemporal, type Temporal } from '../temporal/connect.ts'
import type { JsonOptions } from './plan.ts'

/** `switchback status`: one pair, or all of them. Fails (exit code 1) when one of them gives no answer. */
export async function status(pair: string | undefined, options: JsonOptions): Promise<ExitCode> {
  return withTemporal(options, async (temporal) => {
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

interface PairAnswer {
  status: PairStatus
  readiness: Readiness
}

async function ask(temporal: Temporal, pair: string): Promise<PairAnswer> {
  const id = pairWorkflowId(pair)
  const [answer, readiness] = await Promise.all([
    query<PairStatus>(temporal, id, 'status'),
    query<Readiness>(temporal, id, 'readiness'),
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
  else say(answers.map((each) => statusLines(each.status, each.readiness, new Date()).join('\n')).join('\n\n'))
}
