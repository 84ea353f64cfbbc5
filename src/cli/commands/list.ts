import type { WorkflowExecutionInfo } from '@temporalio/client'
import type { RunState } from '../../contract/progress.ts'
import { operations, searchAttributes } from '../../contract/names.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { grpcCodes, serverError } from '../temporal/grpc.ts'
import type { GlobalOptions } from '../options.ts'
import { remark, say, sayJson } from '../output.ts'
import { runRows, type RunRow } from '../render/runs.ts'
import { withTemporal, type Temporal } from '../temporal/connect.ts'

export interface ListOptions extends GlobalOptions {
  pair?: string
  all?: boolean
  limit: number
  json?: boolean
}

/** `switchback list`: runs from Temporal's visibility store, which is some seconds behind. */
export async function list(options: ListOptions): Promise<ExitCode> {
  const rows = await withTemporal(options, (temporal) => find(temporal, options))
  if (options.json) sayJson(rows, 2)
  else say(rows.length === 0 ? noRuns(options) : runRows(rows, new Date()).join('\n'))
  return exitCodes.success
}

async function find(temporal: Temporal, options: ListOptions): Promise<RunRow[]> {
  const wanted = [
    `WorkflowType IN (${operations.map((name) => `'${name}'`).join(', ')})`,
    ...(options.all ? [] : [`ExecutionStatus = 'Running'`]),
  ]
  if (options.pair === undefined) return take(temporal, wanted, options.limit, () => true)
  const quoted = options.pair.replaceAll("'", "''")
  try {
    return await take(temporal, [...wanted, `${searchAttributes.pair} = '${quoted}'`], options.limit, () => true)
  } catch (error) {
    // The rest of the query is always valid: what the server does not know is the attribute.
    if (serverError(error)?.code !== grpcCodes.invalidArgument) throw error
    remark(
      `switchback: the namespace ${temporal.namespace} lacks the search attribute ${searchAttributes.pair}; runs are distinguished by memo and id (\`switchback check\` says how to add it).`,
    )
    return take(temporal, wanted, options.limit, ({ pair }) => pair === options.pair)
  }
}

async function take(
  { client }: Temporal,
  conditions: string[],
  limit: number,
  keep: (row: RunRow) => boolean,
): Promise<RunRow[]> {
  const rows: RunRow[] = []
  for await (const info of client.workflow.list({ query: conditions.join(' AND ') })) {
    const row = toRow(info)
    if (keep(row)) rows.push(row)
    if (rows.length === limit) break
  }
  return rows
}

function toRow(info: WorkflowExecutionInfo): RunRow {
  const attribute = (name: string): string | undefined => {
    const found = info.typedSearchAttributes.getAll().find(({ key }) => key.name === name)?.value
    return typeof found === 'string' ? found : undefined
  }
  const memo = info.memo?.['pair']
  return {
    workflowId: info.workflowId,
    operation: info.type,
    pair: attribute(searchAttributes.pair) ?? (typeof memo === 'string' ? memo : pairOfId(info.workflowId)),
    state: shownState(attribute(searchAttributes.state), info.status.name),
    startedAt: info.startTime.toISOString(),
    ...(info.closeTime === undefined ? {} : { closedAt: info.closeTime.toISOString() }),
  }
}

/** What a run said last is not true any more where it was ended from outside: a closed workflow changes no attribute. */
function shownState(said: string | undefined, status: string): string {
  const ended = status !== 'RUNNING' && status !== 'PAUSED' && (said === undefined || openStates.has(said))
  return said === undefined || ended ? status.toLowerCase().replaceAll('_', ' ') : said
}

const openStates: ReadonlySet<string> = new Set<RunState>(['running', 'waiting', 'paused'])

/** Ids given by this command are `operation/pair/time`. */
const pairOfId = (workflowId: string): string => workflowId.split('/')[1] ?? '?'

function noRuns({ pair, all }: ListOptions): string {
  const whose = pair === undefined ? '' : ` of ${pair}`
  return all ? `Temporal keeps no run${whose}.` : `No run${whose} is open. \`switchback list --all\` shows closed ones.`
}
