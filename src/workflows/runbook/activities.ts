import { ActivityCancellationType, type ActivityOptions, proxyActivities, workflowInfo } from '@temporalio/workflow'
import type {
  MemoryActivities,
  PairActivities,
  ReadActivities,
  TicketActivities,
  WaitActivities,
  WaitEnds,
  WriteActivities,
} from '../../contract/activities.ts'
import { waitsQueueOf } from '../../contract/names.ts'

/** Of a write: a machine that swaps or pauses for a while is not a dead worker; a dead one is noticed after this. */
const heartbeatTimeout = '20s'

/** Of a look: one that was taken for dead too early is only done twice, and a run must not stand still for long. */
const lookHeartbeat = '4s'

/** One attempt of a read: connecting, one batch of requests, one scan. */
const readAttempt = '60s'

/**
 * One attempt of a write, ms: Connect takes minutes to settle a link whose source is dead, and an application is probed,
 * told, and probed until it is so.
 */
const writeAttempt = 300_000

const retry = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '15s' } as const

export interface Activities {
  reads: ReadActivities
  writes: WriteActivities
  tickets: TicketActivities
  pair: PairActivities
}

/**
 * One proxy for each class of side effect, with the reason for its time-outs and retries. `what` is told beside each of
 * them in Temporal's UI.
 */
export function activitiesWithin(budgetMs: number, what?: string): Activities {
  const told = summarised(what)
  return {
    // Looks, and changes nothing: repeated freely within the step's budget.
    reads: proxyActivities<ReadActivities>({
      ...told,
      startToCloseTimeout: readAttempt,
      scheduleToCloseTimeout: budgetMs,
      heartbeatTimeout: lookHeartbeat,
      retry,
    }),
    // Look-then-act, so repeating is safe; a cancelled one is awaited, so that nothing undoes a write still under way.
    writes: proxyActivities<WriteActivities>({
      ...told,
      startToCloseTimeout: writeAttempt,
      scheduleToCloseTimeout: Math.max(budgetMs, writeAttempt + 10_000),
      heartbeatTimeout,
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      retry,
    }),
    // May have happened when it fails: one attempt, then the step looks for it by the episode's token.
    tickets: proxyActivities<TicketActivities>({ ...told, startToCloseTimeout: '60s', retry: { maximumAttempts: 1 } }),
    // The pair's own workflow: as durable as this one, so worth waiting for.
    pair: proxyActivities<PairActivities>({ ...told, startToCloseTimeout: '20s', scheduleToCloseTimeout: '1h', retry }),
  }
}

/** Of a forced run, what may wait for the lost side: one try with a short deadline, writes as well. */
export function activitiesOnce(deadlineMs: number, what?: string): Activities {
  const once = { maximumAttempts: 1 }
  const told = summarised(what)
  return {
    ...activitiesWithin(deadlineMs, what),
    reads: proxyActivities<ReadActivities>({ ...told, startToCloseTimeout: deadlineMs, retry: once }),
    writes: proxyActivities<WriteActivities>({
      ...told,
      startToCloseTimeout: deadlineMs,
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      retry: once,
    }),
  }
}

/**
 * Looks that go on until there is news, with nothing in the history meanwhile: each that brings none fails, and comes again
 * after `firstMs`, then at doubling intervals up to `rarestMs`. For what somebody else takes days for.
 */
export function looksUntilNews(firstMs: number, rarestMs: number, what?: string): Pick<ReadActivities, 'ticketNews'> {
  return proxyActivities<ReadActivities>({
    ...summarised(what),
    startToCloseTimeout: readAttempt,
    heartbeatTimeout,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: firstMs, backoffCoefficient: 2, maximumInterval: Math.max(firstMs, rarestMs) },
  })
}

/**
 * Waits run on a queue of their own so that they never starve actions. They end by themselves after `maxMs`; the time-out
 * is that and a margin. They only look: a wait that was cancelled need not be awaited.
 */
export function waits(maxMs: number): WaitActivities {
  return proxyActivities<WaitActivities>(waiting(maxMs))
}

/**
 * The same for a run, which only looks in them. One that has a single attempt must not lose it to a slow machine. `ends`: when it
 * ends before its time, to have somebody asked.
 */
export function waitsOfRun(
  maxMs: number,
  { attempts, what, ends }: { attempts?: number | undefined; what?: string | undefined; ends: WaitEnds },
): WaitActivities {
  const activities = proxyActivities<WaitActivities>({
    ...waiting(maxMs),
    ...summarised(what),
    ...(attempts === undefined ? { heartbeatTimeout: lookHeartbeat } : { retry: { maximumAttempts: attempts } }),
  })
  return new Proxy(activities, {
    get: (target, name, receiver) => {
      const activity: unknown = Reflect.get(target, name, receiver)
      return typeof activity === 'function' ? (input: object) => activity({ ...input, ...ends }) as unknown : activity
    },
  })
}

function waiting(maxMs: number): ActivityOptions {
  return {
    taskQueue: waitsQueueOf(workflowInfo().taskQueue),
    startToCloseTimeout: maxMs + 60_000,
    // A worker that is away for a while is not a failure of what is waited for; for good, it is shown as one.
    scheduleToCloseTimeout: 2 * maxMs + 120_000,
    heartbeatTimeout,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry,
  }
}

/**
 * The pair's memory on its clusters: whoever calls comes again later by itself, so one more attempt is for a worker that was
 * stopped meanwhile.
 */
export function memoryActivities(): MemoryActivities {
  return proxyActivities<MemoryActivities>({ startToCloseTimeout: '45s', retry: { ...retry, maximumAttempts: 2 } })
}

function summarised(what: string | undefined): { summary?: string } {
  return what === undefined ? {} : { summary: what }
}
