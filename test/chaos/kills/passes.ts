import { playTrip, type Backend, type Cell, type TripReport } from './trip.ts'
import type { RouteName } from './route.ts'
import type { VictimName } from './victim.ts'

const keyOf = ({ operation, step }: Pick<Cell, 'operation' | 'step'>): string => `${operation} ${step}`

/**
 * The victim struck in every step, in up to `passes` trips: a step can be over while somebody is still away from the one
 * before, so each trip after the first strikes only where none has. One report of all, with the seconds together.
 */
export async function playPasses(
  victim: VictimName,
  route: RouteName,
  passes: number,
  told: (line: string) => void,
  backend: Backend,
): Promise<TripReport> {
  const whole = await playTrip(victim, route, () => victim, told, backend)
  for (let pass = 2; pass <= passes; pass++) {
    const missed = new Set(whole.cells.filter(({ state }) => state === 'missed').map(keyOf))
    if (missed.size === 0 || whole.faults.length > 0) break
    const again = await playTrip(
      victim,
      route,
      (operation, step) => (missed.has(keyOf({ operation, step })) ? victim : undefined),
      told,
      backend,
    )
    whole.seconds += again.seconds
    whole.faults.push(...again.faults)
    const struck = new Map(again.cells.map((cell) => [keyOf(cell), cell]))
    whole.cells = whole.cells.map((cell) => struck.get(keyOf(cell)) ?? cell)
  }
  return whole
}
