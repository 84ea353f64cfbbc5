import type { ChildProcess } from 'node:child_process'
import { ApplicationFailure } from '@temporalio/common'
import type { ApplicationPort } from '../../../src/ports/applications.ts'
import type { ClusterPort } from '../../../src/ports/cluster.ts'
import type { MirroringPort } from '../../../src/ports/mirroring.ts'
import type { Ports } from '../../../src/ports/ports.ts'
import type { TicketDeskPort } from '../../../src/ports/tickets.ts'

/** The world is in the bench's own process: workers share it, and its memory and its work are not theirs. */

/** A port by what it is looked up with: `['cluster', 'A0']`. */
type Address = [port: 'cluster' | 'mirroring' | 'application' | 'desk', ...names: string[]]

/** One call of a port, as a worker makes it. */
export type PortCall = { address: Address; method: string; args: unknown[] }
type Asked = PortCall & { id: number }
type Failure = { message: string; type: string | null; nonRetryable: boolean }
type Answered = { id: number; value?: unknown; failure?: Failure }

/** Carries a call out on the ports that are meant. */
export async function callPort(ports: Ports, { address, method, args }: PortCall): Promise<unknown> {
  const [kind, first = '', second = '', third = ''] = address
  const port =
    kind === 'cluster'
      ? ports.cluster(first)
      : kind === 'mirroring'
        ? ports.mirroring(first, second, third)
        : kind === 'application'
          ? ports.application(first, second)
          : ports.desk(first)
  const act = (port as unknown as Record<string, (...given: unknown[]) => unknown>)[method]
  if (act === undefined) throw new Error(`the world in memory has no ${kind}.${method}`)
  return act.apply(port, args)
}

/** Answers what a worker process asks of its ports, until it is gone. */
export function answerCalls(worker: ChildProcess, ports: Ports, seen: (call: PortCall) => void): void {
  worker.on('message', (message) => {
    if (typeof message === 'string') return
    const { id, ...call } = message as Asked
    seen(call)
    void callPort(ports, call)
      .then(
        (value): Answered => ({ id, value }),
        (error: unknown): Answered => ({ id, failure: failureOf(error) }),
      )
      .then((answer) => worker.connected && worker.send(answer, () => undefined))
  })
}

/** The ports of a worker process: every call is answered by its parent. */
export function portsOfParent(): Ports {
  let last = 0
  const waiting = new Map<number, (answer: Answered) => void>()
  process.on('message', (message) => {
    const answer = message as Answered
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })

  async function ask(address: Address, method: string, given: unknown[]): Promise<unknown> {
    const args = given.filter((argument) => !(argument instanceof AbortSignal))
    const id = ++last
    const answer = await new Promise<Answered>((resolve) => {
      waiting.set(id, resolve)
      process.send?.({ id, address, method, args } satisfies Asked)
    })
    if (answer.failure) {
      const { type, ...failure } = answer.failure
      throw ApplicationFailure.create({ ...failure, ...(type ? { type } : {}) })
    }
    return answer.value
  }

  /** `known` is answered here: names, and what this world does not have. */
  function port<Port extends object>(address: Address, known: Partial<Port>): Port {
    return new Proxy(known, {
      get: (facts, name) =>
        name in facts || typeof name === 'symbol'
          ? Reflect.get(facts, name)
          : (...args: unknown[]) => ask(address, name, args),
    }) as Port
  }

  return {
    cluster: (alias) => port<ClusterPort>(['cluster', alias], { alias }),
    mirroring: (pair, from, to) => {
      const known = { from, to, witness: undefined, findings: undefined } as unknown as Partial<MirroringPort>
      return port<MirroringPort>(['mirroring', pair, from, to], known)
    },
    application: (pair, name) =>
      port<ApplicationPort>(['application', pair, name], {
        name,
        adapter: 'command',
        instruction: (action) => `${action} ${name}`,
      }),
    desk: (pair) => port<TicketDeskPort>(['desk', pair], { adapter: 'webhook' }),
    schemaRegistry: () => null,
    close: () => Promise.resolve(),
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof ApplicationFailure)
    return { message: error.message, type: error.type ?? null, nonRetryable: error.nonRetryable ?? false }
  return { message: String(error), type: null, nonRetryable: false }
}
