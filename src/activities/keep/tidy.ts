import type { Tidied } from '../../contract/watch.ts'
import type { Tidy } from '../../domain/dossier/ours.ts'
import { BesideTheWatch } from '../beside-the-watch.ts'
import { type ActivityDeps, unlimited } from '../deps.ts'
import type { PairDoor } from '../pair-door.ts'
import { mayLift, permitted } from '../permitted.ts'

const startAfter = 1_000
const tidyMs = 20_000

/** Removes what has no purpose any more; what fails is tried in the next stretch. Exported for tests. */
export async function tidyUp(
  deps: ActivityDeps,
  { pair, tidy, door }: { pair: string; tidy: Tidy; door: Pick<PairDoor, 'lease'> },
  signal: AbortSignal,
): Promise<Tidied> {
  const within = () => unlimited(AbortSignal.any([signal, AbortSignal.timeout(tidyMs)]))
  const lifted: Tidied['lifted'] = []
  const groups: string[] = []
  // A run that begins lifts what is in its way itself, and may fence again.
  const free = async () => (await door.lease(pair)) === null
  const remove = async (act: () => Promise<void>): Promise<boolean> => {
    try {
      if (!(await free())) return false
      await act()
      return true
    } catch {
      // Also what the configuration does not allow: the rest is removed all the same.
      return false
    }
  }
  for (const { cluster, acls: over } of tidy.lift) {
    // What left the pair and the file stays, and keeps nothing else back: `check` shows it.
    const acls = over.filter((acl) => mayLift(deps, pair, acl))
    if (acls.length === 0) continue
    if (await remove(() => permitted(deps, pair).cluster(cluster).deleteAcls(acls, within())))
      lifted.push({ cluster, acls })
  }
  for (const { cluster, id } of tidy.groups) {
    if (await remove(() => permitted(deps, pair).cluster(cluster).deleteGroup(id, within()))) groups.push(id)
  }
  return { lifted, groups }
}

export interface Tidying {
  readonly tidied: Tidied
  stop(): void
}

/** The same beside the looks of the watch, once a stretch. */
export function tidyInBackground(
  deps: ActivityDeps,
  pair: string,
  tidy: Tidy,
  { door }: { door: Pick<PairDoor, 'lease'> },
): Tidying {
  const beside = new BesideTheWatch()
  let tidied: Tidied = { lifted: [], groups: [] }
  const turn = async (): Promise<void> => {
    tidied = await tidyUp(deps, { pair, tidy, door }, beside.signal)
  }
  beside.begin(turn, { startAfter })
  return {
    get tidied() {
      return tidied
    },
    stop: () => beside.stop(),
  }
}
