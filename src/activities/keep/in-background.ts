import type { KeptThing } from '../../contract/watch.ts'
import { alsoHeldOf, type Held, heldOf } from '../../domain/keep/held.ts'
import { bothTold, restoredAt, thingsAfter, toRestore } from '../../domain/keep/things.ts'
import { BesideTheWatch, knownToWorker } from '../beside-the-watch.ts'
import { type ActivityDeps, timestamp, unlimited } from '../deps.ts'
import { sentence } from '../faults.ts'
import type { PairDoor } from '../pair-door.ts'
import { lookAtKept } from './look-at-kept.ts'

/** One check of all that is held takes so long at most, and putting one thing back, ms. */
const lookMs = 15_000
const restoreMs = 25_000

type Door = Pick<PairDoor, 'dossier' | 'lease'>

/** What is held now; null: nothing. A run that holds the pair may change it on purpose, unless it is behind all steps that do. */
async function heldNow(door: Door, pair: string): Promise<{ held: Held; also: Held | null } | null> {
  const [dossier, lease] = await Promise.all([door.dossier(pair), door.lease(pair)])
  const held = dossier && heldOf(dossier)
  if (!held) return null
  return { held: lease && !held.settled ? { ...held, restore: false } : held, also: alsoHeldOf(dossier) }
}

/** One check: what is otherwise than runs left it, and what of it was put back. Exported for tests. */
export async function checkKept(
  deps: ActivityDeps,
  { pair, before, door }: { pair: string; before: readonly KeptThing[]; door: Door },
  signal: AbortSignal,
): Promise<KeptThing[]> {
  const now = await heldNow(door, pair)
  if (now === null) return []
  const { held, also } = now
  const within = (ms: number) => unlimited(AbortSignal.any([signal, AbortSignal.timeout(ms)]))
  const look = within(lookMs)
  const [{ signs, restore }, other] = await Promise.all([
    lookAtKept(deps, pair, held, look),
    also === null ? null : lookAtKept(deps, pair, also, look),
  ])
  let things = thingsAfter(before, other === null ? signs : bothTold(signs, other.signs), timestamp(deps))
  if (!held.restore) return things
  for (const thing of things) {
    const act = restore[thing.kind]
    if (act === undefined || !toRestore(thing, timestamp(deps))) continue
    // A run may have begun meanwhile: right before the act, as every write does.
    const still = await heldNow(door, pair)
    if (still === null || !still.held.restore || still.held.episode !== held.episode) return things
    try {
      await act(within(restoreMs))
      things = restoredAt(things, thing, timestamp(deps))
    } catch (error) {
      if (signal.aborted) return restoredAt(things, thing, timestamp(deps))
      things = restoredAt(things, thing, timestamp(deps), sentence(error))
    }
  }
  return things
}

export interface Keeping {
  readonly things: KeptThing[]
  stop(): void
}

/** A check needs some requests to each side, ms. */
const usualTimes = { startAfter: 3_000, every: 15_000 }

/** Checks what runs have set beside the looks of the watch. Whatever fails is tried again later; the watch never waits for it. */
export function keepInBackground(
  deps: ActivityDeps,
  pair: string,
  before: readonly KeptThing[],
  { door, keeping: { startAfter, every } = usualTimes }: { door: Door; keeping?: typeof usualTimes },
): Keeping {
  const beside = new BesideTheWatch()
  const known = behindTheLook(deps)
  const newest = known.get(pair)
  let things =
    newest !== undefined && before.every(({ lastSeen }) => lastSeen <= newest.at) ? newest.things : [...before]
  const turn = async (): Promise<void> => {
    things = await checkKept(deps, { pair, before: things, door }, beside.signal).catch(() => things)
    known.set(pair, { at: timestamp(deps), things })
  }
  beside.begin(turn, { startAfter, every })
  return {
    get things() {
      return things
    },
    stop: () => beside.stop(),
  }
}

/** What came in behind the last look of a stretch: without it what was put back might be put back once more. */
const behindTheLook = knownToWorker<{ at: string; things: KeptThing[] }>()
