import { setTimeout as sleep } from 'node:timers/promises'
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client'
import { runQueries } from '../../../src/contract/definitions.ts'
import type { Question, RunResult } from '../../../src/contract/progress.ts'
import type { World } from '../../workflows/world.ts'

/** Each look is a query, and those of all cells are most of what a matrix costs. */
const lookMs = 1_000
/** A run ends by itself; on a machine at a load of 50 each of its steps takes a minute. */
const patienceMs = 1_800_000

export interface Ended {
  /** `succeeded`, `aborted` …, or what Temporal says of a run that failed. */
  state: string
  failure: string
}

/** The people around a run: they approve, answer, process the ticket, until it is over. */
export class Players {
  readonly #world: World
  /** They leave the questions of this step alone. */
  leaves: string | null = null
  /** A call was lost on its way: whoever is asked has it sent again. */
  retries = false
  /** Questions they have no answer to. */
  readonly puzzled: string[] = []

  constructor(world: World) {
    this.#world = world
  }

  async carry(handle: WorkflowHandle): Promise<Ended> {
    const over: { ended?: Ended } = {}
    const result = endOf(handle).then((end) => {
      over.ended = end
    })
    const deadline = Date.now() + patienceMs
    const sent = new Set<string>()
    while (over.ended === undefined && Date.now() < deadline) {
      const progress = await handle.query(runQueries.progress).catch(() => undefined)
      for (const question of progress?.waitingFor ?? []) {
        if (question.step === this.leaves || sent.has(question.id) || over.ended) continue
        sent.add(question.id)
        await this.answer(handle, question).catch(() => sent.delete(question.id))
      }
      await Promise.race([sleep(lookMs), result])
    }
    return (
      over.ended ?? { state: 'stuck', failure: JSON.stringify(await handle.query(runQueries.progress).catch(String)) }
    )
  }

  async answer(handle: WorkflowHandle, { step, kind, choices, send, text }: Question): Promise<void> {
    if (kind === 'ticket') this.#process(text)
    const action = ['replay', ...(this.retries ? ['retry'] : [])].find((one) => choices.includes(one))
    const payload = kind === 'decision' && action !== undefined ? { ...send.payload, action } : send.payload
    // The desk was looked at, as the question asks to: there is no such ticket.
    if (kind === 'decision' && action === undefined && step !== 'open-ticket') {
      this.puzzled.push(`${step}: ${text}`)
      await handle.terminate('nobody knows what to answer')
      return
    }
    await handle.executeUpdate(send.update, { args: [payload] })
  }

  /** The desk does as the ticket asks. */
  #process(text: string): void {
    for (const link of ['A->B', 'B->A'] as const) if (text.includes(`disable ${link}`)) this.#world.stopLink(link)
  }
}

export async function endOf(handle: WorkflowHandle): Promise<Ended> {
  try {
    const { state } = (await handle.result()) as RunResult
    return { state, failure: '' }
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error
    const { status } = await handle.describe()
    return { state: status.name, failure: error.cause?.message ?? error.message }
  }
}
