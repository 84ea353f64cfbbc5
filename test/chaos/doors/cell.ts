import { type Mishap, mishaps } from '../../workflows/world.ts'
import { type Place, type Runbook, type RunbookName, runbookNames, runbooks } from './runbooks.ts'

/** What can be pressed on a run in Temporal's UI. A reset goes to its first, a middle or its last workflow task. */
export const doors = ['cancel', 'terminate', 'reset-first', 'reset-middle', 'reset-last'] as const
export type Door = (typeof doors)[number]

/** What is done to the pair in the middle of a run; `strange`: signals and updates of any name with any payload. */
export const pairDoors = [
  'pair-cancel',
  'pair-terminate',
  'pair-reset-first',
  'pair-reset-last',
  'pair-strange',
] as const
export type PairDoor = (typeof pairDoors)[number]

/** Messages that go past the run: it answers each, and goes on. */
export const messages = ['strange', ...pairDoors] as const

/** What is done to a cell: a button in the UI, or a mishap of the call to an application's control or to the desk. */
export const blows = [...doors, ...mishaps, ...messages] as const
export type Blow = Door | Mishap | (typeof messages)[number]

/**
 * When in the step: its first activity has begun (`looks`), a person is asked (`asked`), its act is handed to a worker and
 * not sent (`ordered`), or has happened while the run does not know it yet (`acted`).
 */
export type Moment = 'looks' | 'asked' | 'ordered' | 'acted'

export interface Cell {
  runbook: RunbookName
  place: Place
  moment: Moment
  door: Blow
}

export function inWords({ runbook, place, moment, door }: Cell): string {
  return `${runbook}: ${door} at ${place}, ${moment}`
}

function momentsOf({ acting, asking }: Runbook, place: Place): Moment[] {
  if (place === 'begin' || place === 'hand-in') return ['looks', 'acted']
  return [
    'looks',
    ...(asking.includes(place) ? (['asked'] as const) : []),
    ...(acting.includes(place) ? (['ordered', 'acted'] as const) : []),
  ]
}

/** Steps that call an application's control or the desk. */
const calling = new Set<Place>([
  'stop-producers',
  'start-producers',
  'stop-consumers',
  'start-consumers',
  'open-ticket',
])

export function allCells(): Cell[] {
  return runbookNames.flatMap((runbook) =>
    runbooks[runbook].places.flatMap((place) =>
      momentsOf(runbooks[runbook], place).flatMap((moment) =>
        (moment === 'ordered' && calling.has(place) ? [...doors, ...mishaps] : doors).map((door) => ({
          runbook,
          place,
          moment,
          door,
        })),
      ),
    ),
  )
}

/** The pair's cells, and strange messages to the run: at each step once. Before its first run there is no pair to press on. */
export function pairCells(): Cell[] {
  return runbookNames.flatMap((runbook) =>
    runbooks[runbook].places.flatMap((place) =>
      messages
        .filter((door) => place !== 'begin' || (door !== 'strange' && !runbook.startsWith('failover')))
        .map((door): Cell => ({ runbook, place, moment: 'looks', door })),
    ),
  )
}

/** So many of them, spread over all: another seed gives others, until all have been played. */
export function sampleOf(cells: readonly Cell[], seed: number, count: number): Cell[] {
  // A step that shares no factor with the number of cells visits each of them once.
  let stride = Math.max(1, Math.floor(cells.length / count))
  while (greatestCommonDivisor(stride, cells.length) > 1) stride += 1
  return Array.from({ length: Math.min(count, cells.length) }, (_, n) => {
    const index = ((seed * count + n) * stride) % cells.length
    return cells[index]
  }).filter((cell) => cell !== undefined)
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
