import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { temporal } from '@temporalio/proto'
import type { Payload } from '@temporalio/common'
import { errorTypes } from '../../src/contract/errors.ts'
import {
  innerPairQueries,
  pairMessages,
  pairQueries,
  pairUpdates,
  runMessages,
  runSignals,
} from '../../src/contract/definitions.ts'
import { operations } from '../../src/contract/names.ts'
import { until as untilTrue } from '../../lab/process/wait.ts'
import { PATIENCE_MS } from '../patience.ts'
import { garbage, hugeGarbage, strangeNames } from './garbage.ts'
import { json, RawDoor, type RawAnswer } from './raw-door.ts'
import { progressOf, resultOf, type Stage, until, waitingAt } from './stage.ts'
import { useStages } from './use-stages.ts'

const { EventType, WorkflowTaskFailedCause } = temporal.api.enums.v1

/** Longest text a refusal may have: it is shown in a form of the UI and goes into history. */
const longestRefusal = 5_000

const stage = useStages('doors')

/** Every door sees all of the small ones; what is huge is the same code behind each, so one door of a kind sees it. */
function garbageFor(door: string): [what: string, payloads: Payload[]][] {
  const takesHuge = ['decide', 'record', 'ticketCompleted', 'failover', 'pair'].includes(door)
  return [...Object.entries(garbage), ...(takesHuge ? Object.entries(hugeGarbage) : [])]
}

/** A failover that waits in the middle, with every door open, until the lag is gone. */
async function waitingRun() {
  stage().world.lag = 3
  const run = await stage().start('failover')
  await waitingAt(run, 'confirm-mirrored')
  return { run, door: new RawDoor(stage().client, run.workflowId) }
}

/** The run goes on as if nothing had come in: every act once, in its order. */
async function goesOn(run: Awaited<ReturnType<Stage['start']>>) {
  stage().world.lag = 0
  const result = await resultOf(run)
  expect(result.state).toBe('succeeded')
  expect(stage().world.acts).toEqual([
    'stop invoicing',
    'fence A',
    'start invoicing on B all',
    'select A->B ^$',
    'stop billing',
    'place billing on B',
    'start billing on B all',
  ])
  await neverStuck(run)
  return result
}

/** No workflow task failed: a failed one is repeated for ever, and the run would look alive while it does nothing. */
async function neverStuck({ workflowId }: { workflowId: string }) {
  const failed: unknown[] = []
  let nextPageToken: Uint8Array | undefined
  do {
    // Small pages: three events of a megabyte each still fit one message.
    const page = await stage().client.workflowService.getWorkflowExecutionHistory({
      namespace: stage().client.options.namespace,
      execution: { workflowId },
      maximumPageSize: 3,
      nextPageToken: nextPageToken ?? null,
    })
    for (const event of page.history?.events ?? []) {
      if (event.eventType !== EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED) continue
      const { cause, failure } = event.workflowTaskFailedEventAttributes ?? {}
      // A message that comes while the last task is being completed: Temporal gives that task out again.
      if (cause === WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND) continue
      failed.push([cause && WorkflowTaskFailedCause[cause], failure?.message])
    }
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined
  } while (nextPageToken)
  expect(failed).toEqual([])
}

function refused(answer: RawAnswer): { type: string; message: string } {
  if (answer.ok) throw new Error(`accepted: ${JSON.stringify(answer.value).slice(0, 300)}`)
  expect(answer.message.length).toBeLessThan(longestRefusal)
  return answer
}

describe('a run', () => {
  test('every update refuses garbage with the reason and an example', async () => {
    const { run, door } = await waitingRun()
    for (const name of runMessages.updates) {
      for (const [what, payloads] of garbageFor(name)) {
        const { type, message } = refused(await door.update(name, payloads))
        expect({ name, what, type }).toEqual({ name, what, type: errorTypes.invalidInput })
        expect(message).toContain(`The payload of ${name} is not right`)
        expect(message).toContain('Send one JSON object, for example {"')
      }
    }
    expect((await progressOf(run)).refusedMessages.count).toBe(0)
    await goesOn(run)
  })

  test('what cannot be read is refused with what was wrong with its encoding', async () => {
    const { run, door } = await waitingRun()
    const reasons = ['broken JSON', 'an unknown encoding', 'no encoding', 'JSON protobuf', 'binary']
    const answers = await Promise.all(reasons.map((what) => door.update('pause', garbage[what] ?? [])))
    expect(answers.map((answer) => refused(answer).message)).toEqual([
      expect.stringContaining('not valid json/plain'),
      expect.stringContaining('encoding "binary/encrypted" is not known'),
      expect.stringContaining('names no encoding'),
      expect.stringContaining('encoding "json/protobuf" is not known'),
      expect.stringContaining('binary'),
    ])
    await goesOn(run)
  })

  test('garbage signals are counted, shown and survived', async () => {
    const { run, door } = await waitingRun()
    let count = 0
    for (const [what, payloads] of garbageFor('ticketCompleted')) {
      expect(await door.signal(runSignals.ticketCompleted.name, payloads)).toMatchObject({ ok: true })
      count += 1
      // Signals that come together are written together, and several huge ones could not be read back in one page.
      if (what in hugeGarbage) await until(run, ({ refusedMessages }) => refusedMessages.count >= count)
    }
    const { refusedMessages } = await until(run, (progress) => progress.refusedMessages.count >= count)
    expect(refusedMessages.count).toBe(count)
    expect(refusedMessages.last.length).toBeLessThanOrEqual(20)
    for (const { message, error } of refusedMessages.last) {
      expect(message).toBe('ticketCompleted')
      expect(error).toContain('The payload of completeTicket is not right')
    }
    await goesOn(run)
  })

  test('queries answer the same whatever comes with them', async () => {
    const { run, door } = await waitingRun()
    for (const name of runMessages.queries) {
      const plain = await door.query(name, [])
      for (const what of ['null', 'broken JSON', 'an unknown encoding', 'a string of a megabyte', 'four arguments']) {
        const answer = await door.query(name, garbage[what] ?? hugeGarbage[what] ?? [])
        expect(answer.ok && plain.ok && typeof answer.value === typeof plain.value).toBe(true)
      }
    }
    await goesOn(run)
  })

  test('unknown names are recorded or answered with what there is', async () => {
    const { run, door } = await waitingRun()
    for (const name of strangeNames) {
      expect(await door.signal(name, garbage['a string'] ?? [])).toMatchObject({ ok: true })
      const update = refused(await door.update(name, garbage['broken JSON'] ?? []))
      expect(update).toMatchObject({
        type: errorTypes.refused,
        message: expect.stringContaining('Updates: approve, completeTicket'),
      })
      const query = await door.query(name, [])
      expect(query).toMatchObject({ ok: true, value: { error: expect.stringContaining('Queries: progress') } })
    }
    const seen = 2 * strangeNames.length
    const { unknownMessages } = await until(run, (progress) => progress.unknownMessages.count >= seen)
    expect(unknownMessages.count).toBe(seen)
    expect(unknownMessages.last.length).toBeLessThanOrEqual(20)
    await goesOn(run)
  })

  test('names that Temporal itself does not take reach nobody', async () => {
    const { run, door } = await waitingRun()
    for (const name of ['', 'n'.repeat(1_001)]) {
      expect((await door.signal(name, [])).ok).toBe(false)
      expect((await door.update(name, [])).ok).toBe(false)
    }
    await goesOn(run)
  })

  test('garbage that comes with the start, before the first line of the run', async () => {
    const workflowId = `failover/${stage().pair}/with-signal`
    for (const signalName of ['ticketCompleted', '__proto__', '__temporal_anything', 'unknown']) {
      await stage().client.workflowService.signalWithStartWorkflowExecution({
        namespace: stage().client.options.namespace,
        workflowId,
        workflowType: { name: 'failover' },
        taskQueue: { name: stage().queue },
        input: { payloads: [json(JSON.stringify(startOf(stage(), { approvedBy: 'owner' })))] },
        signalName,
        signalInput: { payloads: garbage['broken JSON'] ?? null },
        requestId: signalName,
        identity: 'stranger',
      })
    }
    const run = stage().client.workflow.getHandle(workflowId)
    const result = await resultOf(run)
    expect(result.state).toBe('succeeded')
    expect(result.progress.unknownMessages.count).toBe(3)
    expect(result.progress.refusedMessages.count).toBe(1)
    await neverStuck(run)
  })

  test('well-shaped answers to nothing are refused, counted, and change nothing', async () => {
    const { run, door } = await waitingRun()
    const strangers: [string, object][] = [
      ['approve', { question: 'approve#1', by: 'x', planHash: '0123456789abcdef' }],
      ['approve', { question: 'confirm-mirrored#1', by: 'x', planHash: '0123456789abcdef' }],
      ['approve', { question: '__proto__', by: 'x', planHash: '0123456789abcdef' }],
      ['confirm', { question: 'confirm-mirrored#1', by: 'x' }],
      ['confirm', { question: 'constructor', by: 'x' }],
      ['decide', { question: 'confirm-mirrored#1', action: 'skip', by: 'x', reason: 'not a choice here' }],
      ['decide', { question: 'confirm-mirrored#2', action: 'retry', by: 'x', reason: 'not asked' }],
      ['decide', { question: 'verify#1', action: 'retry', by: 'x', reason: 'not asked yet' }],
      ['completeTicket', { ticketId: 'T-1', completedBy: 'x' }],
      ['completeTicket', { ticketId: '__proto__', completedBy: 'x' }],
      ['force', { by: 'x', reason: 'r', planHash: 'not-the-hash' }],
    ]
    for (const [name, payload] of strangers) {
      const { type, message } = refused(await door.update(name, [json(JSON.stringify(payload))]))
      expect({ name, type }).toEqual({ name, type: errorTypes.refused })
      expect(message.length).toBeGreaterThan(20)
    }
    const { refusedMessages, waitingFor } = await progressOf(run)
    expect(refusedMessages.count).toBe(strangers.length)
    expect(waitingFor.map(({ id }) => id)).toEqual(['confirm-mirrored#1'])
    await goesOn(run)
  })

  test('texts that are no Unicode never come back as an answer that cannot be sent', async () => {
    const { run, door } = await waitingRun()
    const half = '\ud800'
    for (const [name, payload] of [
      ['completeTicket', { ticketId: half, completedBy: half }],
      ['decide', { question: half, action: 'retry', by: half, reason: half }],
      ['approve', { question: half, by: half, planHash: half.repeat(8) }],
      ['confirm', { question: half, by: half }],
      ['force', { by: half, reason: half, planHash: half.repeat(8) }],
    ] as const) {
      refused(await door.update(name, [json(JSON.stringify(payload))]))
    }
    await door.signal(runSignals.ticketCompleted.name, [json(JSON.stringify({ ticketId: half, completedBy: half }))])
    await goesOn(run)
  })

  test('random JSON, random bytes and random encodings at every door', async () => {
    const { run, door } = await waitingRun()
    const name = fc.constantFrom(...runMessages.updates)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, fc.boolean(), randomPayloads()), { maxLength: 8 }), async (messages) => {
        const answers = await Promise.all(
          messages.map(([update, asSignal, payloads]) =>
            asSignal ? door.signal(runSignals.ticketCompleted.name, payloads) : door.update(update, payloads),
          ),
        )
        messages.forEach(([, asSignal], i) => {
          const answer = answers[i]
          if (!asSignal && answer) expect(refused(answer).type).toBe(errorTypes.invalidInput)
        })
        expect((await progressOf(run)).state).toBe('waiting')
      }),
      { numRuns: 25 },
    )
    await goesOn(run)
  })
})

function startOf(on: Stage, extra: object = {}) {
  return { pair: on.pair, reason: 'a test', requestedBy: 'test', ...extra }
}

function randomPayloads(): fc.Arbitrary<Payload[]> {
  const bytes = fc.uint8Array({ maxLength: 40 })
  const anyJson = fc.json({ maxDepth: 6 }).map(json)
  const keys = ['by', 'question', 'reason', 'planHash', 'ticketId', 'completedBy', 'action', '__proto__', 'lease']
  const almost = fc
    .dictionary(fc.constantFrom(...keys), fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' })), { maxKeys: 3 })
    .filter((value) => !('by' in value) || Object.values(value).some((part) => typeof part !== 'string'))
    .map((value) => json(JSON.stringify({ ...value, stranger: true })))
  const rawBytes = fc
    .tuple(fc.constantFrom('json/plain', 'binary/plain', 'json/protobuf', 'x'), bytes)
    .map(([encoding, data]): Payload => ({ metadata: { encoding: Buffer.from(encoding) }, data }))
  return fc.array(fc.oneof(anyJson, almost, rawBytes), { maxLength: 2 })
}

describe('the start', () => {
  /** Starts with these bytes; the failure that came back. */
  async function failureOf(operation: string, payloads: Payload[], name: string) {
    const workflowId = `${operation}/${stage().pair}/${name}`
    await stage().client.workflowService.startWorkflowExecution({
      namespace: stage().client.options.namespace,
      workflowId,
      workflowType: { name: operation },
      taskQueue: { name: stage().queue },
      input: { payloads },
      requestId: workflowId,
      identity: 'stranger',
    })
    const handle = stage().client.workflow.getHandle(workflowId)
    const failure = await stage().client.withDeadline(Date.now() + PATIENCE_MS, () =>
      handle.result().then(
        (value: unknown) => ({ message: `succeeded: ${JSON.stringify(value)}`, type: '' }),
        (error: { cause?: { message: string; type?: string } }) => ({
          message: error.cause?.message ?? '',
          type: error.cause?.type ?? 'no failure of a workflow',
        }),
      ),
    )
    await neverStuck(handle)
    return failure
  }

  test.each([...operations])('%s fails at once and says how to start it', async (operation) => {
    for (const [what, payloads] of garbageFor(operation)) {
      const { type, message } = await failureOf(operation, payloads, what.replaceAll(' ', '-'))
      expect({ what, type }).toEqual({ what, type: errorTypes.invalidInput })
      expect(message).toContain(`The start input of ${operation} is not right`)
      expect(message).toContain('for example {"pair":"accounting"')
      expect(message.length).toBeLessThan(longestRefusal)
    }
    expect(stage().world.acts).toEqual([])
    await expect(stage().pairHandle().describe()).rejects.toThrow()
  })

  test('almost right is not right', async () => {
    const almost: Record<string, object> = {
      'a mode there is not': { mode: 'Forced' },
      'adopt as a word': { adopt: 'yes' },
      'no topics at all': { topics: [] },
      '3,000 topics': { topics: Array.from({ length: 3_000 }, (_, i) => `t${i}`) },
      'a key too much': { now: true },
    }
    for (const [what, extra] of Object.entries(almost)) {
      const { type } = await failureOf('failover', [json(JSON.stringify(startOf(stage(), extra)))], what)
      expect({ what, type }).toEqual({ what, type: errorTypes.invalidInput })
    }
  })

  test('random JSON', async () => {
    let starts = 0
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...operations), randomPayloads(), async (operation, payloads) => {
        starts += 1
        expect((await failureOf(operation, payloads, `random-${starts}`)).type).toBe(errorTypes.invalidInput)
      }),
      { numRuns: 25 },
    )
  })

  test.each(['nobody', '\ud800', '__proto__'])('a pair that does not exist is refused: %j', async (pair) => {
    const failure = await failureOf('failover', [json(JSON.stringify(startOf(stage(), { pair })))], 'nobody')
    expect(failure.type).toBe(errorTypes.refused)
    expect(failure.message).toContain('There is no pair')
  })

  test('the pair, started by a stranger', async () => {
    const sides = { pair: stage().pair, primary: 'A', secondary: 'B' }
    const almost: Record<string, Payload[]> = {
      'no sides': [json('{"pair":"p"}')],
      'a side twice': [json(JSON.stringify({ ...sides, secondary: 'A' }))],
      'a state that is a number': [json(JSON.stringify({ ...sides, state: 5 }))],
      'a state without anything': [json(JSON.stringify({ ...sides, state: {} }))],
      'a state with an empty dossier': [
        json(JSON.stringify({ ...sides, state: { dossier: {}, lease: null, epoch: 0, keys: [], events: [] } })),
      ],
    }
    for (const [what, payloads] of [...garbageFor('pair'), ...Object.entries(almost)]) {
      const { type, message } = await failureOf('pair', payloads, what.replaceAll(' ', '-'))
      expect({ what, type }).toEqual({ what, type: errorTypes.invalidInput })
      expect(message).toContain('A pair is started by the worker')
      expect(message.length).toBeLessThan(longestRefusal)
    }
  })
})

describe('the pair', () => {
  /** The pair at work: a run holds it, and waits. */
  async function heldPair() {
    const { run } = await waitingRun()
    return { run, pair: stage().pairHandle(), door: new RawDoor(stage().client, `pair/${stage().pair}`) }
  }

  const stranger = { workflowId: 'failover/stranger', runId: '00000000-0000-4000-8000-000000000000' }

  test('every update refuses garbage, and the run that holds it goes on', async () => {
    const { run, pair, door } = await heldPair()
    const before = await pair.query(pairQueries.status)
    for (const name of pairMessages.updates) {
      for (const [what, payloads] of garbageFor(name)) {
        const { type, message } = refused(await door.update(name, payloads))
        expect({ name, what, type }).toEqual({ name, what, type: errorTypes.invalidInput })
        expect(message).toContain(`The payload of ${name} is not right`)
      }
    }
    const { lag: _, memory: __, ...after } = await pair.query(pairQueries.status)
    expect(before).toMatchObject(after)
    await goesOn(run)
    await neverStuck(pair)
  })

  test('unknown names are recorded or answered with what there is', async () => {
    const { run, pair, door } = await heldPair()
    for (const name of strangeNames) {
      expect(await door.signal(name, garbage['broken JSON'] ?? [])).toMatchObject({ ok: true })
      expect(refused(await door.update(name, garbage['binary'] ?? []))).toMatchObject({
        type: errorTypes.refused,
        message: expect.stringContaining('Updates for people: handOver, dischargeObligation'),
      })
      const query = await door.query(name, [])
      expect(query).toMatchObject({ ok: true, value: { error: expect.stringContaining('Queries: status') } })
    }
    for (const name of [...pairMessages.queries, 'lease', 'lastSample']) {
      expect((await door.query(name, garbage['four arguments'] ?? [])).ok).toBe(true)
    }
    const { unknownMessages } = await pair.query(pairQueries.status)
    expect(unknownMessages?.count).toBe(strangeNames.length)
    expect(unknownMessages?.last.length).toBeLessThanOrEqual(20)
    await goesOn(run)
    await neverStuck(pair)
  })

  test('signals of every name with every payload are counted, on the page with what to send instead, and survived', async () => {
    const { run, pair, door } = await heldPair()
    const names = [...pairMessages.updates, ...strangeNames]
    const payloads = [...Object.entries(garbage), ...Object.entries(hugeGarbage)]
    let count = 0
    for (const [index, [what, payload]] of payloads.entries()) {
      expect(await door.signal(names[index % names.length] ?? '', payload)).toMatchObject({ ok: true })
      count += 1
      // As with a run: several huge ones that came together could not be read back in one page.
      if (what in hugeGarbage) await signalsSeen(pair, count)
    }
    await signalsSeen(pair, count)
    await door.signal('hand\u200bOver\u202e', garbage['no argument'] ?? [])
    await signalsSeen(pair, count + 1)
    const { currentDetails } = await pair.query<{ currentDetails: string }>('__temporal_workflow_metadata')
    expect(currentDetails).toContain(`Signals without effect: ${count + 1}, the last: `)
    expect(currentDetails).toContain('handOver. A pair takes no signals. Send an update instead: handOver, ')
    for (const name of pairMessages.queries) expect((await door.query(name, [])).ok).toBe(true)
    await goesOn(run)
    await neverStuck(pair)
  })

  async function signalsSeen(pair: Awaited<ReturnType<typeof heldPair>>['pair'], count: number): Promise<void> {
    await untilTrue(async () => (await pair.query(pairQueries.status)).unknownMessages?.count === count, {
      what: `${count} signals are not counted`,
      timeoutMs: PATIENCE_MS,
    })
  }

  test('a name that cannot be seen is refused with an example, by the pair and by its runs', async () => {
    const { run, door } = await heldPair()
    const unseen = (payload: object) => json(JSON.stringify({ ...payload, by: '\u200b' }))
    const runDoor = new RawDoor(stage().client, run.workflowId)
    const answers = [
      await door.update('handOver', [unseen({ reason: 'r' })]),
      await door.update('dischargeObligation', [unseen({ id: 'fence/A/1' })]),
      await door.update('recall', [unseen({})]),
      await door.update('adopt', [unseen({})]),
      await runDoor.update('pause', [unseen({})]),
    ]
    for (const answer of answers) {
      const { type, message } = refused(answer)
      expect(type).toBe(errorTypes.invalidInput)
      expect(message).toMatch(/no visible character\n {2}→ at by\nSend one JSON object, for example \{"/)
    }
    await goesOn(run)
  })

  test('well-shaped messages of strangers change nothing', async () => {
    const { run, pair, door } = await heldPair()
    const lease = (await pair.query(innerPairQueries.lease))!
    const dossier = await pair.query(pairQueries.dossier)
    const token = { pair: stage().pair, workflowId: lease.workflowId, runId: lease.runId, epoch: lease.epoch }
    const acquire = {
      ...stranger,
      operation: 'failover',
      adopt: false,
      holderClosed: null,
      at: new Date().toISOString(),
    }
    const active = { type: 'active', active: 'B', standby: 'A' }
    const messages: [string, object, string][] = [
      ['acquire', acquire, errorTypes.leaseRefused],
      ['acquire', { ...acquire, adopt: true }, errorTypes.leaseRefused],
      ['acquire', { ...acquire, operation: 'failback' }, errorTypes.leaseRefused],
      ['acquire', { ...acquire, holderClosed: { ...stranger, status: 'TERMINATED' } }, errorTypes.leaseRefused],
      ['acquire', { ...acquire, runId: 'not-a-run' }, errorTypes.invalidInput],
      ['acquire', { ...acquire, workflowId: 'w'.repeat(1_001) }, errorTypes.invalidInput],
      ['acquire', { ...acquire, at: 'yesterday' }, errorTypes.invalidInput],
      ['record', { lease: { ...token, ...stranger }, key: 'k', entries: [active] }, errorTypes.leaseLost],
      ['record', { lease: { ...token, epoch: token.epoch - 1 }, key: 'k', entries: [active] }, errorTypes.leaseLost],
      ['record', { lease: { ...token, epoch: token.epoch + 1 }, key: 'k', entries: [active] }, errorTypes.leaseLost],
      [
        'record',
        { lease: token, key: 'k', entries: [active, { type: 'fence', fence: null }] },
        errorTypes.invalidInput,
      ],
      ['record', { lease: token, key: 'k', entries: [active, { type: 'weather' }] }, errorTypes.invalidInput],
      ['record', { lease: token, key: 'k', entries: [active, null] }, errorTypes.invalidInput],
      ['record', { lease: token, key: 'k', entries: [{ type: 'active', active: 'B' }] }, errorTypes.invalidInput],
      [
        'record',
        {
          lease: token,
          key: 'k',
          entries: [{ type: 'fence', fence: { cluster: 'A', episode: 1, at: 'x', proof: '' } }],
        },
        errorTypes.invalidInput,
      ],
      [
        'record',
        { lease: token, key: 'k', entries: [{ type: 'obligation', obligation: { id: 'x', fence: true } }] },
        errorTypes.invalidInput,
      ],
      ['release', { lease: { ...token, ...stranger }, outcome: 'succeeded', entries: [] }, errorTypes.leaseLost],
      [
        'release',
        { lease: token, outcome: 'succeeded', entries: [{ type: 'stage', stage: 5 }] },
        errorTypes.invalidInput,
      ],
      ['handOver', { by: 'me', reason: 'while a run holds it' }, errorTypes.refused],
      ['dischargeObligation', { id: '__proto__', by: 'me' }, errorTypes.refused],
    ]
    for (const [name, payload, type] of messages) {
      const answer = refused(await door.update(name, [json(JSON.stringify(payload))]))
      expect({ name, payload, type: answer.type, text: answer.message }).toMatchObject({ name, payload, type })
    }
    expect(await pair.query(innerPairQueries.lease)).toEqual(lease)
    expect(await pair.query(pairQueries.dossier)).toMatchObject({
      ...dossier,
      lastSample: expect.toSatisfy(() => true),
    })
    await goesOn(run)
    await neverStuck(pair)
  })

  test('a stranger that takes the lease leaves it in doubt, and a person hands it over', async () => {
    const acquire = {
      ...stranger,
      operation: 'failover',
      adopt: false,
      holderClosed: null,
      at: new Date().toISOString(),
    }
    await expect(resultOf(await stage().start('failback'))).rejects.toThrow()
    const pair = stage().pairHandle()
    const door = new RawDoor(stage().client, `pair/${stage().pair}`)
    expect(await door.update('acquire', [json(JSON.stringify(acquire))])).toMatchObject({ ok: true })
    const refusal = await resultOf(await stage().start('failover')).catch(
      (error: { cause: Error }) => error.cause.message,
    )
    expect(refusal).toContain('in doubt')
    await pair.executeUpdate(pairUpdates.handOver, { args: [{ by: 'me', reason: 'nobody knows that run' }] })
    expect((await resultOf(await stage().start('failover'))).state).toBe('succeeded')
    await neverStuck(pair)
  })

  test('random JSON, random bytes and random encodings at every door', async () => {
    const { run, pair, door } = await heldPair()
    const dossier = await pair.query(pairQueries.dossier)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...pairMessages.updates), randomPayloads()), { maxLength: 8 }),
        async (messages) => {
          const answers = await Promise.all(messages.map(([update, payloads]) => door.update(update, payloads)))
          for (const answer of answers) expect(refused(answer).type).toBe(errorTypes.invalidInput)
        },
      ),
      { numRuns: 25 },
    )
    expect(await pair.query(pairQueries.dossier)).toMatchObject({
      ...dossier,
      lastSample: expect.toSatisfy(() => true),
    })
    await goesOn(run)
    await neverStuck(pair)
  })
})
