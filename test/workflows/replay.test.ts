import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { historyFromJSON, type JSONPayload } from '@temporalio/common/lib/proto-utils.js'
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker'
import { beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../src/contract/names.ts'
import type { StepId } from '../../src/contract/steps.ts'
import type { RunResult } from '../../src/contract/progress.ts'
import { stepsOf } from '../../src/domain/plan/plan.ts'
import { sandbox } from '../../src/worker/bundle.ts'
import {
  type Answers,
  firstValue,
  type Golden,
  goldenFolder,
  goldenNames,
  readGolden,
  runSummary,
  type Summary,
  summaryOf,
} from './golden.ts'

const largestTotal = 4_500_000

let workflowBundle: WorkflowBundle

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  })
  workflowBundle = await bundleWorkflowCode({
    ...sandbox,
    workflowInterceptorModules: [
      ...sandbox.workflowInterceptorModules,
      fileURLToPath(new URL('./state-sink.ts', import.meta.url)),
    ],
    logger: new DefaultLogger('ERROR'),
  })
})

interface Replayed {
  error: Error | undefined
  /** What the workflow answered after its last task. */
  state: Summary
}

/** Replays beginnings of a history, each as if the workflow had stopped there. */
async function replay(golden: Pick<Golden, 'workflowId' | 'history'>, lengths: number[]): Promise<Replayed[]> {
  let last: Answers = {}
  function* beginnings() {
    for (const length of lengths) {
      last = {}
      const history = historyFromJSON({ events: golden.history.events.slice(0, length) })
      yield { workflowId: golden.workflowId, history }
    }
  }
  const answered = {
    fn: (_info: unknown, answers: string) => void (last = JSON.parse(answers)),
    callDuringReplay: true,
  }
  const replayed: Replayed[] = []
  const results = Worker.runReplayHistories({ workflowBundle, sinks: { golden: { answered } } }, beginnings())
  for await (const { error } of results) replayed.push({ error, state: summaryOf(last) })
  return replayed
}

describe.each(goldenNames())('%s', (name) => {
  const golden = readGolden(name)
  const { events } = golden.history

  test('replays from each moment at which it was open to the state it had, and to its end', async () => {
    const moments = [...golden.open, { at: 'its end', events: events.length, state: golden.end }]
    const replayed = await replay(
      golden,
      moments.map((moment) => moment.events),
    )
    expect(replayed.length).toBe(moments.length)
    moments.forEach(({ at, state }, i) => {
      expect({ at, error: replayed[i]?.error }).toEqual({ at, error: undefined })
      expect({ at, state: replayed[i]?.state }).toEqual({ at, state })
    })
  })

  test('tells in its result what it answered', () => {
    const result = resultIn(golden)
    if (!result) return
    expect(runSummary(result.progress)).toEqual(golden.end)
    expect(golden.end['state']).toBe(result.state)
  })
})

function resultIn({ history: { events } }: Golden): RunResult | undefined {
  const closed = events.at(-1)?.['workflowExecutionCompletedEventAttributes'] as
    { result: { payloads: JSONPayload[] } } | undefined
  return firstValue<RunResult>(closed?.result.payloads)
}

describe('the collection', () => {
  const all = goldenNames().map(readGolden)

  /** Steps that record what they found before they act. */
  const acting: StepId[] = ['stop-producers', 'disable-topics', 'start-producers', 'place-groups', 'start-consumers']

  test.each([...operations])('has %s left open at the first look of each step, and before its act', (operation) => {
    const branch = operation === 'reset' ? 'recover' : undefined
    const openAt = all
      .filter(({ workflowType }) => workflowType === operation)
      .flatMap(({ open }) => open.map(({ at, state }) => `${String(state['currentStep'])} ${at.split(':')[1] ?? ''}`))
    for (const { id } of stepsOf(operation, 'lag-first', branch)) {
      // It only looks, and did so beside the step before it: nothing is left of it to be in the middle of.
      if (id === 'mark-cut') continue
      expect({ id, open: openAt.includes(`${id} looks`) }).toEqual({ id, open: true })
      if (acting.includes(id)) expect({ id, open: openAt.includes(`${id} begin`) }).toEqual({ id, open: true })
    }
  })

  test('holds every way a run ends, and the pair', () => {
    const ends = new Set(all.map(({ end }) => end['state']))
    expect([...ends]).toEqual(
      expect.arrayContaining(['aborted', 'dry-run', 'handed-over', 'refused', 'running', 'succeeded']),
    )
    expect(all.filter(({ workflowType }) => workflowType === 'pair').length).toBeGreaterThan(2)
    expect(all.some(({ end }) => end['mode'] === 'forced')).toBe(true)
    expect(all.filter((golden) => resultIn(golden)).length).toBeGreaterThan(8)
  })

  test('is small, and says nothing about the machine it was recorded on', () => {
    const files = readdirSync(goldenFolder).map((file) => join(goldenFolder, file))
    expect(files.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(largestTotal)
    for (const file of files) {
      const text = readFileSync(file, 'utf8')
      const payloads = [...text.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)].map(([, data]) =>
        Buffer.from(data ?? '', 'base64').toString(),
      )
      for (const part of [text, ...payloads]) {
        expect(part).not.toMatch(/(?:file:\/\/|\s\()\/|\/node_modules\/|\/(?:home|root|Users|work|tmp)\/|\d+@[\w.-]+"/)
      }
    }
  })
})

describe('a replay notices', () => {
  const golden = readGolden('failover')

  /** The history with one event changed, found by its type and what it holds. */
  function changed(type: string, holds: string, change: (text: string) => string): Golden {
    let found = 0
    const events = golden.history.events.map((event) => {
      if (event.eventType !== type || !decoded(event).includes(holds) || found > 0) return event
      found += 1
      return JSON.parse(change(JSON.stringify(event))) as typeof event
    })
    expect(found).toBe(1)
    return { ...golden, history: { events } }
  }

  function decoded(event: object): string {
    return JSON.stringify(event).replaceAll(
      /"data":"([A-Za-z0-9+/=]+)"/g,
      (_all, data: string) => `"data":${Buffer.from(data, 'base64').toString()}`,
    )
  }

  function inPayload(from: string, to: string) {
    return (text: string) =>
      text.replaceAll(/"data":"([A-Za-z0-9+/=]+)"/g, (_all, data: string) => {
        const plain = Buffer.from(data, 'base64').toString()
        return `"data":"${Buffer.from(plain.replaceAll(from, to)).toString('base64')}"`
      })
  }

  async function errorOf(other: Golden): Promise<Error | undefined> {
    const [whole] = await replay(other, [other.history.events.length])
    return whole?.error
  }

  test('an activity of another name', async () => {
    const other = changed('EVENT_TYPE_ACTIVITY_TASK_SCHEDULED', '"placeGroup"', (text) =>
      text.replace('"placeGroup"', '"placeGroups"'),
    )
    expect((await errorOf(other))?.message).toContain('placeGroup')
  })

  test('a step that came elsewhere', async () => {
    const other = changed('EVENT_TYPE_ACTIVITY_TASK_SCHEDULED', '"applyFence"', (text) =>
      text.replace('"applyFence"', '"setSelection"'),
    )
    expect(await errorOf(other)).toBeInstanceOf(Error)
  })

  test('an answer that leads elsewhere', async () => {
    const other = changed(
      'EVENT_TYPE_ACTIVITY_TASK_COMPLETED',
      '"sourceReachable":true',
      inPayload('"findings":[]', '"findings":[{"severity":"blocking","code":"x","text":"x"}]'),
    )
    expect(await errorOf(other)).toBeInstanceOf(Error)
  })

  test('an update that was another one', async () => {
    const other = changed('EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED', '"approve"', (text) =>
      text.replace('"approve"', '"pause"'),
    )
    expect(await errorOf(other)).toBeInstanceOf(Error)
  })

  test('by the state, what the commands do not show', async () => {
    const other = changed('EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED', '"strange"', (text) =>
      text.replace('"strange"', '"ticketCompleted"'),
    )
    const [whole] = await replay(other, [other.history.events.length])
    expect(whole?.error).toBeUndefined()
    expect(whole?.state).not.toEqual(golden.end)
    expect(whole?.state).toMatchObject({ refused: 2, unknown: 1 })
  })
})

/**
 * Taken from a run of `npm run chaos -- --ground defaults --kills worker`: a query that had waited for the worker that died brought
 * the next worker to the task of the dead one, so two timers that had fired meanwhile came behind that task, and not with it.
 */
test('a run whose next worker was asked before it got its task replays', async () => {
  const file = new URL('./fixtures/query-before-its-task.json', import.meta.url)
  const history = JSON.parse(readFileSync(file, 'utf8')) as Golden['history']
  const [replayed] = await replay({ workflowId: 'failback/accounting/3', history }, [history.events.length])
  expect(replayed?.error).toBeUndefined()
  expect(history.events.map(({ eventType }) => eventType)).toContain('EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT')
})
