/** `npm run chaos`: seeded disasters on real clusters, and a table of what came of them. Exit code 0 when all went well. */
import { readOptions } from './chaos/options.ts'
import { disasterTable, writeReport } from './chaos/report.ts'
import { disastersFrom, inWords } from '../test/chaos/disasters/disaster.ts'
import { playDisaster, type DisasterReport } from '../test/chaos/disasters/play.ts'

const { disasters: count, seed, at, report: folder } = readOptions(process.argv.slice(2))
const all = disastersFrom(seed, count)
const waiting = [...all]
const reports: DisasterReport[] = []

async function playOn(): Promise<void> {
  for (let disaster = waiting.shift(); disaster; disaster = waiting.shift()) {
    const { seed: own } = disaster
    console.log(`seed ${own}: ${inWords(disaster)}`)
    const report = await playDisaster(disaster, (line) => console.log(`seed ${own}: ${line}`))
    reports.push(report)
    const outcome = report.faults.length === 0 ? 'ok' : report.faults.join('; ')
    console.log(`seed ${own}: ${outcome} (${report.seconds} s; ${reports.length} of ${count})`)
  }
}

await Promise.all(Array.from({ length: Math.min(at, count) }, playOn))
reports.sort((one, other) => one.disaster.seed - other.disaster.seed)
const table = disasterTable(reports)
console.log(`\n${table}`)
await writeReport(folder, table, reports)
const red = reports.filter(({ faults }) => faults.length > 0)
console.log(`${reports.length - red.length} ok, ${red.length} not ok; written to ${folder}`)
for (const { disaster } of red) console.log(`again: npm run chaos -- --disasters 1 --seed ${disaster.seed}`)
process.exitCode = red.length > 0 ? 1 : 0
