import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { join } from 'node:path'
import type { WorkflowHandle } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import type { ActivityInterceptorsFactory } from '@temporalio/worker'
import { pairQueries, runQueries } from '../../src/contract/definitions.ts'
import { goldenFolder, summaryOf, type Answers, type Golden, type Moment } from '../../test/workflows/golden.ts'
import type { Stage } from '../../test/workflows/stage.ts'
import { mustNotNameThisMachine, scrub } from './scrub.ts'

/** Every change of the dossier is a moment (a step begins, is skipped or undone, the lease comes and goes), and a step's first look. */
const watched = new Set(['acquireLease', 'recordFacts', 'releaseLease'])

interface Read {
  events: Golden['history']['events']
  answers: Answers
}

/** Reads histories while they are open, and writes each with the moments at which it was read. */
export class Recorder {
  readonly #open = new Map<string, (Moment & { seen: Golden['history']['events'] })[]>()
  readonly #written: string[] = []
  /** By run id: the step in which its last activity was. */
  readonly #steps = new Map<string, string | null>()

  /** Holds each of these activities until the history of its run is read: the run is open right there. */
  watching(stage: Stage): ActivityInterceptorsFactory {
    return ({ info }) => ({
      inbound: {
        execute: async (input, next) => {
          const run = info.workflowExecution
          if (run && info.workflowType !== 'pair') {
            const handle = stage.client.workflow.getHandle(run.workflowId, run.runId)
            const begins = await this.#stepBegun(handle, run.runId)
            const { key } = (input.args[0] ?? {}) as { key?: string }
            if (begins !== null) await this.read(handle, `${begins}:looks`)
            if (watched.has(info.activityType)) await this.read(handle, key ?? info.activityType)
          }
          return next(input)
        },
      },
    })
  }

  /** The step of which this is the first activity; null when it is not the first one. */
  async #stepBegun(handle: WorkflowHandle, runId: string): Promise<string | null> {
    const { currentStep } = await handle.query(runQueries.progress)
    const same = this.#steps.get(runId) === currentStep
    this.#steps.set(runId, currentStep)
    return same ? null : currentStep
  }

  /** Reads an open workflow as it is now. */
  async read(handle: WorkflowHandle, at: string): Promise<void> {
    const { events, answers } = await readOnce(handle)
    const moments = this.#open.get(handle.workflowId) ?? []
    // A retry of the same activity adds nothing.
    if (moments.at(-1)?.at === at && moments.at(-1)?.events === events.length) return
    this.#open.set(handle.workflowId, [
      ...moments,
      { at, events: events.length, state: summaryOf(answers), seen: events },
    ])
  }

  /** Writes the whole history, after having shown that each moment is a beginning of it. */
  async keep(name: string, handle: WorkflowHandle): Promise<void> {
    const { events, answers } = await readOnce(handle)
    const open = this.#open.get(handle.workflowId) ?? []
    for (const { at, seen } of open) {
      if (!isDeepStrictEqual(events.slice(0, seen.length), seen)) {
        throw new Error(`${name}: the history read at ${at} is not a beginning of the whole one`)
      }
    }
    const { type } = await handle.describe()
    this.#write(`${name}.json`, { events })
    this.#write(`${name}.moments.json`, {
      workflowId: handle.workflowId,
      workflowType: type,
      open: open.map(({ at, events: count, state }) => ({ at, events: count, state })),
      end: summaryOf(answers),
    })
    console.log(`${name}: ${events.length} events, open at ${open.length} moments`)
  }

  #write(file: string, content: object): void {
    mkdirSync(goldenFolder, { recursive: true })
    const text = `${JSON.stringify(content)}\n`
    mustNotNameThisMachine(file, text)
    writeFileSync(join(goldenFolder, file), text)
    this.#written.push(file)
  }

  /** Histories of scenarios that are no more. */
  removeOthers(): void {
    for (const file of readdirSync(goldenFolder)) {
      if (file.endsWith('.json') && !this.#written.includes(file)) rmSync(join(goldenFolder, file))
    }
  }
}

/** History and answers of one and the same moment: read again when something happened in between. */
async function readOnce(handle: WorkflowHandle): Promise<Read> {
  for (;;) {
    const before = await eventsOf(handle)
    const answers = await answersOf(handle)
    const events = await eventsOf(handle)
    if (before.length === events.length) return { events, answers }
  }
}

async function eventsOf(handle: WorkflowHandle): Promise<Golden['history']['events']> {
  const json = JSON.parse(historyToJSON(await handle.fetchHistory())) as Parameters<typeof scrub>[0]
  return (scrub(json) as unknown as Golden['history']).events
}

async function answersOf(handle: WorkflowHandle): Promise<Answers> {
  if (!handle.workflowId.startsWith('pair/')) return { progress: await handle.query(runQueries.progress) }
  const [status, dossier, history] = await Promise.all([
    handle.query(pairQueries.status),
    handle.query(pairQueries.dossier),
    handle.query(pairQueries.history),
  ])
  return { status, dossier, history }
}
