import type { Tidied } from '../../contract/watch.ts'
import type { Tidy } from '../../domain/ours.ts'
import { attempt } from '../assess/attempt.ts'
import { BesideTheWatch } from '../beside-the-watch.ts'
import { type ActivityDeps, unlimited } from '../deps.ts'
import type { PairDoor } from '../pair-door.ts'

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
    const done = await attempt(async () => {
      if (!(await free())) return false
      await act()
      return true
    })
    return done.ok && done.value
  }
  for (const { cluster, acls } of tidy.lift) {
    if (await remove(() => deps.ports.cluster(cluster).deleteAcls(acls, within()))) lifted.push({ cluster, acls })
  }
  for (const { cluster, id } of tidy.groups) {
    if (await remove(() => deps.ports.cluster(cluster).deleteGroup(id, within()))) groups.push(id)
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
