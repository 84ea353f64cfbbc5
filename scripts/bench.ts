/** `npm run bench`: figures, each with its peer in the same run. Exit code 0 when every aim holds. */
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import type { GroundName } from '../lab/grounds/ground.ts'
import { assess } from './bench/assess.ts'
import { cutover } from './bench/cutover.ts'
import { figureTable, type Figure } from './bench/figure.ts'
import { forced } from './bench/forced.ts'
import { lagEvidence } from './bench/lag-evidence.ts'
import { month } from './bench/month.ts'
import { overhead } from './bench/overhead.ts'
import { plot } from './bench/plot.ts'
import { regionFigures } from './bench/region-figures.ts'
import { resume } from './bench/resume.ts'
import { watch } from './bench/watch.ts'
import { groundHelp, groundOption } from './ground-option.ts'

const told = (line: string): void => console.log(line)

const benches: Record<string, { what: string; run: () => Promise<Figure[]> }> = {
  lag: { what: 'the evidence of a lag check of 1,000 topics on a real broker', run: lagEvidence },
  assess: { what: 'what the assessment in the background costs, of 1,000 topics and 50 groups', run: assess },
  cutover: {
    what: 'how long nobody can write, on real clusters, beside a failover by hand',
    run: () => cutover(options.ground, options.times, told),
  },
  forced: {
    what: 'how long nobody can write when the source is gone with its hosts, from the approval on',
    run: () => forced(options.ground, options.times, told),
  },
  overhead: { what: 'what a run adds to the calls it makes', run: overhead },
  resume: { what: 'a worker killed in each kind of wait, and replaced', run: () => resume(options.times, told) },
  region: { what: 'pairs that fail over at once, with one worker and with more; histories', run: region },
  month: { what: 'the history of a run whose ticket takes 30 days', run: month },
  watch: { what: 'what a day of watching 1,000 topics leaves', run: watch },
}
const names = Object.keys(benches)

const options = new Command('npm run bench --')
  .description(
    'Measures what Switchback costs beside what does the same. Absolute times depend on the machine and on what else it does; ratios are what to compare.',
  )
  .addOption(groundOption())
  .option('--only <names>', `comma-separated: ${names.join(', ')}`, chosen, names)
  .option('--times <number>', 'repetitions of cutover, forced and resume', (text) => sizes(text)[0], 3)
  .option('--pairs <numbers>', 'sizes of the region', sizes, [10, 50, 200, 500])
  .option('--workers <numbers>', 'then so many workers each, with --shared pairs; 1: none more', sizes, [2, 4])
  .option('--shared <number>', 'pairs that several workers share', (text) => sizes(text)[0], 50)
  .option('--report <folder>', 'where bench.md, bench.json and region.svg are written', '.bench')
  .addHelpText(
    'after',
    `\n${names.map((name) => `  ${name.padEnd(9)} ${benches[name]?.what}`).join('\n')}\n${groundHelp}\n\nExit codes: 0 every aim holds, 1 one does not, 2 an option was not understood.`,
  )
  .allowExcessArguments(false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<{
    ground: GroundName
    only: string[]
    pairs: number[]
    workers: number[]
    shared: number
    times: number
    report: string
  }>()

function chosen(text: string): string[] {
  const wanted = text.split(',')
  const unknown = wanted.find((name) => !Object.hasOwn(benches, name))
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of ${names.join(', ')}`)
  return wanted
}

function sizes(text: string): number[] {
  const numbers = text.split(',').map(Number)
  if (numbers.some((pairs) => !Number.isInteger(pairs) || pairs < 1))
    throw new InvalidArgumentError(`"${text}" is no list of whole numbers`)
  return numbers
}

async function region(): Promise<Figure[]> {
  const { pairs, shared, report } = options
  const workers = options.workers.filter((count) => count > 1)
  const { figures, growth } = await regionFigures({ pairs, workers, shared }, told)
  const [first] = growth
  if (first !== undefined && growth.length > 1)
    await writeFile(
      join(report, 'region.svg'),
      plot('Pairs that fail over at once, one worker', { x: 'pairs', y: 'seconds' }, [
        { name: 'measured', points: growth.map((figure) => [figure.pairs, figure.seconds]) },
        {
          name: `as with ${first.pairs} per pair`,
          points: growth.map((figure) => [figure.pairs, (first.seconds / first.pairs) * figure.pairs]),
          dashed: true,
        },
      ]),
    )
  return figures
}

await mkdir(options.report, { recursive: true })
const figures: Figure[] = []
for (const name of options.only) {
  console.log(`== ${name}`)
  figures.push(...((await benches[name]?.run()) ?? []))
}
const table = figureTable(figures)
const machine = `${availableParallelism()} processors, Node ${process.versions.node}`
console.log(`\n${machine}\n\n${table}`)
await writeFile(join(options.report, 'bench.md'), `${machine}\n\n${table}`)
await writeFile(join(options.report, 'bench.json'), `${JSON.stringify({ machine, figures }, null, 2)}\n`)
process.exit(figures.every(({ aim }) => aim === null || aim.holds) ? 0 : 1)
