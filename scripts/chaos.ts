/**
 * `npm run chaos`: kills in every step, round trips, seeded disasters and four pairs at once, on real clusters; what Temporal's UI offers in every
 * step, over in-memory ports. Exit code 0 when all went well.
 */
import { allCells, inWords as cellInWords, pairCells } from '../test/chaos/doors/cell.ts'
import { playCells } from '../test/chaos/doors/matrix.ts'
import type { PlayedCell } from '../test/chaos/doors/play.ts'
import { disastersFrom, inWords } from '../test/chaos/disasters/disaster.ts'
import { playDisaster } from '../test/chaos/disasters/play.ts'
import { type DisasterReport } from '../test/chaos/disasters/report.ts'
import { playMachinesLost, type MachinesReport } from '../test/chaos/machines/play.ts'
import { interleavingsFrom, inWords as pairsInWords } from '../test/chaos/pairs/interleaving.ts'
import { playPairs } from '../test/chaos/pairs/play.ts'
import { type PairsReport } from '../test/chaos/pairs/report.ts'
import { playPasses } from '../test/chaos/kills/passes.ts'
import type { TripReport } from '../test/chaos/kills/trip.ts'
import { playRoundTrips } from '../test/chaos/round-trips/play.ts'
import { type RoundTripsReport } from '../test/chaos/round-trips/report.ts'
import { readOptions } from './chaos/options.ts'
import {
  disasterTable,
  doorTable,
  killTables,
  machineTable,
  moveTable,
  pairsTable,
  writeReport,
} from './chaos/report.ts'

const options = readOptions(process.argv.slice(2))
const {
  disasters,
  trips: count,
  machines: losses,
  pairs: interleavings,
  seed,
  kills,
  routes,
  passes,
  backend,
  doors,
  at,
  report: folder,
} = options
process.env['SWITCHBACK_GROUND'] = options.ground
const played: DisasterReport[] = []
const trips: TripReport[] = []
const roundTrips: RoundTripsReport[] = []
const pressed: PlayedCell[] = []
const machines: MachinesReport[] = []
const pairs: PairsReport[] = []

const cells = doors === null ? [] : [...pairCells(), ...allCells()].filter((cell) => cellInWords(cell).includes(doors))

const work = [
  ...(cells.length === 0
    ? []
    : [
        async () => {
          let told = 0
          const all = await playCells(cells, (cell) => {
            told += 1
            console.log(`${told} of ${cells.length}: ${cellInWords(cell)}: ${outcomeOf(cell)}`)
          })
          pressed.push(...all)
        },
      ]),
  ...routes.flatMap((route) =>
    kills.map((name) => async () => {
      const trip = await playPasses(name, route, passes, (line) => console.log(`${route}: ${line}`), backend)
      trips.push(trip)
      console.log(`${name} on the route ${route}: ${outcomeOf(trip)} (${trip.seconds} s)`)
    }),
  ),
  ...(count === 0
    ? []
    : [
        async () => {
          const report = await playRoundTrips(count, (line) => console.log(line))
          roundTrips.push(report)
          console.log(`round trips: ${outcomeOf(report)} (${report.seconds} s)`)
        },
      ]),
  ...Array.from({ length: losses }, () => async () => {
    const report = await playMachinesLost((line) => console.log(line))
    machines.push(report)
    console.log(`machines lost: ${outcomeOf(report)} (${report.seconds} s)`)
  }),
  ...interleavingsFrom(seed, interleavings).map((interleaving) => async () => {
    const name = `pairs, seed ${interleaving.seed}`
    console.log(`${name}: ${pairsInWords(interleaving)}`)
    const report = await playPairs(interleaving, (line) => console.log(`${name}: ${line}`))
    pairs.push(report)
    console.log(`${name}: ${outcomeOf(report)} (${report.seconds} s)`)
  }),
  ...disastersFrom(seed, disasters).map((disaster) => async () => {
    const name = `seed ${disaster.seed}`
    console.log(`${name}: ${inWords(disaster)}`)
    const report = await playDisaster(disaster, (line) => console.log(`${name}: ${line}`))
    played.push(report)
    console.log(`${name}: ${outcomeOf(report)} (${report.seconds} s)`)
  }),
]
const total = work.length
let done = 0

function outcomeOf({ faults }: { faults: string[] }): string {
  return faults.length === 0 ? 'ok' : faults.join('; ')
}

function tables(): string[] {
  const bySeed = played.toSorted((one, other) => one.disaster.seed - other.disaster.seed)
  return [
    ...(pressed.length > 0 ? [doorTable(pressed)] : []),
    ...killTables(trips),
    ...roundTrips.map(moveTable),
    ...(machines.length > 0 ? [machineTable(machines)] : []),
    ...(pairs.length > 0 ? [pairsTable(pairs)] : []),
    ...(bySeed.length > 0 ? [disasterTable(bySeed)] : []),
  ]
}

async function workOn(): Promise<void> {
  for (let next = work.shift(); next; next = work.shift()) {
    await next()
    console.log(`${(done += 1)} of ${total}`)
    // A long run that is ended early leaves what it has.
    await writeReport(folder, tables(), { doors: pressed, trips, roundTrips, machines, pairs, disasters: played })
  }
}

await Promise.all(Array.from({ length: Math.min(at, total) }, workOn))
console.log(`\n${tables().join('\n')}`)
const all = [...pressed, ...trips, ...roundTrips, ...machines, ...pairs, ...played]
const red = all.filter(({ faults }) => faults.length > 0).length
console.log(`${all.length - red} ok, ${red} not ok; written to ${folder}`)
for (const { disaster, faults } of played)
  if (faults.length > 0)
    console.log(`again: npm run chaos -- --ground ${options.ground} --disasters 1 --seed ${disaster.seed}`)
for (const { interleaving, faults } of pairs)
  if (faults.length > 0)
    console.log(`again: npm run chaos -- --ground ${options.ground} --pairs 1 --seed ${interleaving.seed}`)
for (const cell of pressed)
  if (cell.faults.length > 0) console.log(`again: npm run chaos -- --doors ${JSON.stringify(cellInWords(cell))}`)
process.exitCode = red > 0 || (doors !== null && cells.length === 0) ? 1 : 0
