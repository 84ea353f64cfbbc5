import { fillTemplate, type CommandPlaceholder } from '../../config/template.ts'
import { configurationFault, rejected, unreachable } from '../../ports/failures.ts'
import { bootstrapOf } from '../bootstrap.ts'
import type { Addresses, Application } from '../control.ts'
import type { CommandConfig } from './settings.ts'
import { commandEnvironment } from './command-environment.ts'
import type { ApplicationControl, Order, PrepareOrder } from '../controlled.ts'
import { runCommand, type CommandResult } from './run-command.ts'
import { lastJsonObject, readState, stateForm } from '../state-answer.ts'

type Values = Record<CommandPlaceholder, string>
type Action = 'stop' | 'start' | 'state' | 'prepare'

const shownLines = 5
const shownCharacters = 600

/** An application behind three programs on the worker's machine: stop, start, and the state probe that decides. */
export function commandControl(
  pair: string,
  app: Application,
  config: CommandConfig,
  clusters: Addresses,
): ApplicationControl {
  async function run(action: Action, values: Values, signal: AbortSignal | undefined): Promise<CommandResult> {
    const env = Object.entries(values).map(([word, value]) => [`SWITCHBACK_${word.toUpperCase()}`, value] as const)
    const argv = (config[action] ?? []).map((argument) => fillTemplate(argument, values))
    try {
      return await runCommand({
        argv,
        cwd: config.cwd,
        env: commandEnvironment(config.env, {
          ...Object.fromEntries(env),
          SWITCHBACK_ACTION: action,
          SWITCHBACK_PAIR: pair,
        }),
        timeoutMs: config.timeoutMs,
        signal,
      })
    } catch (error) {
      signal?.throwIfAborted()
      const reason = error instanceof Error ? error.message : String(error)
      throw configurationFault(
        `The ${action} command of ${app.name} cannot be started in ${config.cwd ?? process.cwd()}: ${reason}. Correct pairs.${pair}.applications (${app.name}) on the worker, then decide retry.`,
      )
    }
  }

  return {
    adapter: 'command',
    timeoutMs: config.timeoutMs,
    prepares: config.prepare !== undefined,
    async probe(signal) {
      const result = await run('state', valuesOf(app.name, {}), signal)
      const what = `The state command of ${app.name}`
      if (result.timedOut) throw unreachable(`${what} did not end within ${config.timeoutMs / 1000} s and was killed.`)
      if (result.code !== 0) throw unreachable(`${what} ${endText(result)}.`)
      const state = readState(lastJsonObject(result.stdout))
      if (state === null) throw rejected(`${what} printed no state: the last thing on its stdout must be ${stateForm}.`)
      return state
    },
    async act(order, signal) {
      const result = await run(order.action, orderValues(app.name, order, clusters), signal)
      if (result.timedOut)
        return {
          outcome: 'unanswered',
          reason: `the command did not end within ${config.timeoutMs / 1000} s and was killed`,
        }
      if (result.code !== 0) return { outcome: 'failed', reason: `the command ${endText(result)}` }
      return { outcome: 'done' }
    },
  }
}

function orderValues(name: string, order: Order | PrepareOrder, clusters: Addresses): Values {
  if (order.action !== 'stop') {
    const { cluster, topics, group = '', phase } = order.target
    const bootstrap = bootstrapOf(clusters, cluster).join(',')
    return valuesOf(name, { key: order.key, cluster, bootstrap, topics: topics.join(','), group, phase })
  }
  // What a probe says is a stranger's text: only a cluster that the configuration has is passed on.
  const { cluster = '', key } = order
  const known = Object.hasOwn(clusters, cluster) ? clusters[cluster] : undefined
  return known ? valuesOf(name, { key, cluster, bootstrap: known.bootstrap.join(',') }) : valuesOf(name, { key })
}

function valuesOf(name: string, known: Partial<Values>): Values {
  return { name, cluster: '', bootstrap: '', topics: '', group: '', phase: '', key: '', ...known }
}

/** `ended with exit code 3: last lines of stderr` */
function endText({ code, endedBy, stderr }: CommandResult): string {
  const how = code === null ? `was ended by ${endedBy ?? 'a signal'}` : `ended with exit code ${code}`
  const lines = stderr.trim().split('\n').slice(-shownLines).join(' | ').slice(-shownCharacters)
  return lines === '' ? `${how} and said nothing on stderr` : `${how}: ${lines}`
}
