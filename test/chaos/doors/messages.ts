import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { pairQueries, pairUpdates } from '../../../src/contract/definitions.ts'
import { messageSchemas } from '../../../src/contract/messages.ts'
import { pairRequestSchemas } from '../../../src/contract/pair-messages.ts'
import { garbage, hugeGarbage, strangeNames } from '../../workflows/garbage.ts'
import { RawDoor } from '../../workflows/raw-door.ts'
import type { messages } from './cell.ts'
import type { Gate } from './gate.ts'
import type { Seat } from './seat.ts'

type Message = (typeof messages)[number]
type Expect = (holds: boolean, fault: string) => void

const patienceMs = 600_000

/**
 * Something is pressed on the pair, or sent to pair or run, while a run is held at a step. The pair answers afterwards; the run ends;
 * where the pair was lost with it, a second start is told so, and the pair is adopted from what its clusters remember.
 */
export async function playMessage(seat: Seat, gate: Gate, message: Message, expect: Expect): Promise<string> {
  const run = await seat.start({}, gate)
  const carried = seat.players.carry(run)
  carried.catch(() => undefined)
  const early = carried.then(({ state, failure }) => {
    throw new Error(`it was over too soon: ${state} ${failure} ${seat.players.puzzled.join('; ')}`)
  })
  early.catch(() => undefined)
  await Promise.race([gate.reached, early])
  const before = message.startsWith('pair-reset') ? await heldBy(seat) : []
  await press(seat, run, message, expect)
  gate.release()
  const ended = await carried
  await until(async () => (await seat.status()).pair === seat.pair, 'the pair does not answer')
  const status = await seat.status()
  expect(status.pair === seat.pair, `the pair answers as ${status.pair}`)
  if (message === 'pair-cancel')
    expect(status.cancelRequestedAt !== undefined, 'the pair does not say that Cancel was requested')
  if (ended.state === 'succeeded') {
    const after = new Set(await heldBy(seat))
    const lost = before.filter((one) => !after.has(one))
    expect(lost.length === 0, `the pair has lost what the run recorded, and the run went on: ${lost.join()}`)
    return 'went on'
  }
  const mayEnd = message === 'pair-terminate' || message === 'pair-reset-first' || message === 'pair-reset-last'
  expect(mayEnd && ended.state === 'FAILED', `it ended as ${ended.state}: ${ended.failure}`)
  expect(ended.failure !== '', 'it failed without a reason')
  return mayEnd ? `the run failed; ${await begunAgain(seat, expect)}` : 'failed'
}

/** What runs have recorded, of the kinds of which none goes again while an episode is played (a fence does, when it is lifted). */
async function heldBy({ pairHandle }: Seat): Promise<string[]> {
  const { moves, cuts, snapshots, settlements } = await pairHandle.query(pairQueries.dossier)
  return Object.entries({ moves, cuts, snapshots, settlements }).flatMap(([kind, all]) =>
    all.map((_, n) => `${kind} ${n + 1}`),
  )
}

async function press(seat: Seat, run: WorkflowHandle, message: Message, expect: Expect): Promise<void> {
  const { pairHandle } = seat
  if (message === 'strange') return sendAnything(seat, run.workflowId, Object.keys(messageSchemas), expect)
  if (message === 'pair-strange')
    return sendAnything(seat, pairHandle.workflowId, Object.keys(pairRequestSchemas), expect)
  if (message === 'pair-cancel') {
    await pairHandle.cancel()
    return until(async () => (await seat.status()).cancelRequestedAt !== undefined, 'Cancel is not heard')
  }
  if (message === 'pair-terminate') {
    await remembered(seat)
    await pairHandle.terminate('pressed in the UI')
    return
  }
  await remembered(seat)
  const { client } = seat
  const { runId } = (await pairHandle.describe()) as { runId: string }
  const { events } = await pairHandle.fetchHistory()
  const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes)
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: pairHandle.workflowId, runId },
    reason: 'pressed in the UI',
    workflowTaskFinishEventId: tasks[message === 'pair-reset-first' ? 0 : tasks.length - 1]?.eventId ?? null,
    requestId: `${runId}-reset`,
  })
}

/** The clusters know the pair as it is now: what is lost with Temporal's record is then only what came later. */
async function remembered(seat: Seat): Promise<void> {
  const dark = seat.world.dark
  await until(async () => {
    const { memory } = await seat.status()
    return memory?.clusters.every(({ cluster, revision }) => dark.has(cluster) || revision === memory.revision) ?? false
  }, 'the pair is not remembered')
}

/** Payloads sent in one cell: with the next cell the next ones come, so that all cells together have sent each to each. */
const atOnce = 6
let sent = 0

/** Payloads of each kind to names that have a handler, and to names that have none. Nothing of it may be accepted. */
async function sendAnything(seat: Seat, workflowId: string, names: readonly string[], expect: Expect): Promise<void> {
  const door = new RawDoor(seat.client, workflowId)
  const payloads = [...Object.entries(garbage), ...Object.entries(hugeGarbage)]
  const all = [...names, ...strangeNames]
  for (let turn = 0; turn < atOnce; turn += 1, sent += 1) {
    const n = sent
    const [what, payload] = payloads[n % payloads.length] ?? ['', []]
    const name = all[n % all.length] ?? ''
    const answer = await door.update(name, payload)
    expect(!answer.ok, `the update ${name.slice(0, 40)} with ${what} was accepted`)
    await door.signal(all[(n + 1) % all.length] ?? '', payload)
  }
}

/** A second start is answered; the pair is adopted from its clusters, then the operation. */
async function begunAgain(seat: Seat, expect: Expect): Promise<string> {
  const { pairHandle, client } = seat
  if ((await pairHandle.describe()).status.name !== 'RUNNING')
    await client.workflow.start('pair', {
      workflowId: pairHandle.workflowId,
      taskQueue: seat.pairs.queue,
      args: [{ pair: seat.pair, primary: 'A', secondary: 'B' }],
    })
  // On a busy machine the look at its clusters takes longer than the pair waits for it.
  await until(async () => {
    const { memory, episode, lease } = await seat.status()
    return (memory?.found.length ?? 0) > 0 || episode !== null || lease !== null
  }, 'the pair does not look at its clusters')
  const second = await seat.players.carry(await seat.start({}))
  if (second.state === 'succeeded') return 'a second start succeeded'
  expect(
    /in doubt|remembers another history/.test(second.failure),
    `a second start is not told why: ${second.state} ${second.failure}`,
  )
  const { memory } = await seat.status()
  const adopts = (memory?.found.length ?? 0) > 0
  if (adopts) {
    // Refused as long as the run that held it counts as its holder: whoever adopts it is told so, and tries again.
    await until(async () => {
      const { best } = await pairHandle.executeUpdate(pairUpdates.recall, { args: [{ by: 'kim' }] })
      await pairHandle.executeUpdate(pairUpdates.adopt, {
        args: [{ by: 'kim', ...(best ? { checksum: best.checksum } : {}) }],
      })
      return true
    }, 'the pair is not adopted')
  }
  const status = await pairHandle.query(pairQueries.status)
  const doubt = Boolean(status.episode?.inDoubt)
  expect(!doubt || status.alerts.some((alert) => alert.includes('in doubt')), 'the pair does not alert')
  const ended = await seat.players.carry(await seat.start(doubt ? { adopt: true } : {}))
  expect(ended.state === 'succeeded', `begun again it ended as ${ended.state}: ${ended.failure}`)
  return `${adopts ? 'the pair adopted, ' : ''}${doubt ? 'the run adopted' : 'begun again'}`
}

async function until(holds: () => Promise<boolean>, fault: string): Promise<void> {
  const deadline = Date.now() + patienceMs
  let last = ''
  const asked = () =>
    holds().catch((error: Error) => {
      last = error.cause instanceof Error ? error.cause.message : error.message
      return false
    })
  while (!(await asked())) {
    if (Date.now() > deadline) throw new Error(`${fault}: ${last}`)
    await sleep(300)
  }
}
