import type { AssessedAhead } from '../../contract/watch.ts'
import type { Dossier } from '../../contract/dossier.ts'
import { assessedAhead, assessmentDue, nextMove } from '../../domain/assess/assessed-ahead.ts'
import { BesideTheWatch, knownToWorker } from '../beside-the-watch.ts'
import { type ActivityDeps, timestamp } from '../deps.ts'
import { sentence } from '../faults.ts'
import type { PairDoor } from '../pair-door.ts'
import { draftPlan } from '../reads/draft-plan.ts'
import { assess } from './assess.ts'
import { finding } from '../../domain/assess/finding.ts'

/** Between the begin of a stretch and the assessment, and between two questions whether it is time for one, ms. */
const startAfter = 2_000
const checkEvery = 5_000

type Door = Pick<PairDoor, 'dossier' | 'lease'>

export interface Assessing {
  /** As it travels; undefined: nothing could begin now, or nobody has asked yet. */
  readonly assessed: AssessedAhead | undefined
  stop(): void
}

/** A planned start as a person would make it. */
function startInput(pair: string) {
  return {
    pair,
    reason: 'readiness',
    requestedBy: `pair/${pair}`,
    mode: 'planned' as const,
    dryRun: true,
    adopt: false,
  }
}

/** What `assess` says of a planned run of all that would move now. What refuses the plan itself is a finding as well. */
export async function assessNow(
  deps: ActivityDeps,
  { pair, dossier, move }: { pair: string; dossier: Dossier; move: AssessedAhead['operation'] },
  signal: AbortSignal,
): Promise<AssessedAhead> {
  const at = timestamp(deps)
  const began = performance.now()
  const look = async () => {
    try {
      const plan = draftPlan(deps, { operation: move, input: startInput(pair), dossier, mode: 'planned' })
      return { plan }
    } catch (error) {
      return { refused: [finding('blocking', 'plan-refused', sentence(error))] }
    }
  }
  const drafted = await look()
  const findings =
    drafted.plan === undefined
      ? drafted.refused
      : (await assess(deps, { plan: drafted.plan, dossier, readiness: null }, signal, { ahead: true })).findings
  return assessedAhead({ at, tookMs: performance.now() - began, operation: move, findings })
}

/**
 * Asks `assess` beside the looks of the watch, rarely, so that what would block a run or warn of it is known before one is
 * started. Whatever fails is tried again later: the watch never waits for it and never fails because of it.
 */
export function assessInBackground(
  deps: ActivityDeps,
  pair: string,
  before: AssessedAhead | undefined,
  { door, times = { startAfter, checkEvery } }: { door: Door; times?: { startAfter: number; checkEvery: number } },
): Assessing {
  const beside = new BesideTheWatch()
  const { signal } = beside
  const known = newestOf(deps)
  let assessed = newer(before, known.get(pair))
  const found = (one: AssessedAhead | undefined) => {
    assessed = one
    if (one === undefined) known.delete(pair)
    else known.set(pair, one)
  }
  const turn = async (): Promise<void> => {
    if (assessed !== undefined && !assessmentDue(assessed, assessed.operation, timestamp(deps))) return
    const [dossier, lease] = await Promise.all([door.dossier(pair), door.lease(pair)])
    if (dossier === undefined || lease) return
    const move = nextMove(dossier)
    if (move === null) {
      found(undefined)
      return
    }
    try {
      found(await assessNow(deps, { pair, dossier, move }, signal))
    } catch (error) {
      if (signal.aborted) return
      const before = assessed?.operation === move ? assessed : { operation: move, findings: [] }
      found({ ...before, at: timestamp(deps), tookMs: assessed?.tookMs ?? 0, problem: sentence(error) })
    }
  }
  // The pair's workflow may not answer for a moment.
  beside.begin(turn, { startAfter: times.startAfter, every: times.checkEvery })
  return {
    get assessed() {
      return assessed
    },
    stop: () => beside.stop(),
  }
}

/** What came in behind the last look of a stretch is not asked for again in the next. */
const newestOf = knownToWorker<AssessedAhead>()

function newer(one: AssessedAhead | undefined, other: AssessedAhead | undefined): AssessedAhead | undefined {
  if (one === undefined || other === undefined || one.operation !== other.operation) return one
  return Date.parse(other.at) > Date.parse(one.at) ? other : one
}
