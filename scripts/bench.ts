/** `npm run bench`: figures, each with its peer in the same run. Exit code 0 when every aim holds. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { figureTable, type Figure } from './bench/figure.ts'
import { lagEvidence } from './bench/lag-evidence.ts'
import { regionFigures } from './bench/region-figures.ts'

const benches: Record<string, () => Promise<Figure[]>> = {
  lag: () => lagEvidence(),
  region: () => regionFigures(options.pairs, (line) => console.log(line)),
}

const options = new Command('npm run bench --')
  .description(
    'Measures what Switchback costs beside what does the same: lag evidence of 1,000 topics on a real broker, and a lost region whose pairs fail over at once. Absolute times depend on the machine; ratios are what to compare.',
  )
  .option('--only <names>', `comma-separated: ${Object.keys(benches).join(', ')}`, chosen, Object.keys(benches))
  .option('--pairs <numbers>', 'sizes of the region', sizes, [10, 50, 200, 500])
  .option('--report <folder>', 'where bench.md and bench.json are written', '.bench')
  .addHelpText('after', '\nExit codes: 0 every aim holds, 1 one does not, 2 an option was not understood.')
  .allowExcessArguments(false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<{ only: string[]; pairs: number[]; report: string }>()

function chosen(text: string): string[] {
  const names = text.split(',')
  const unknown = names.find((name) => !Object.hasOwn(benches, name))
  if (unknown !== undefined)
    throw new InvalidArgumentError(`"${unknown}" is none of ${Object.keys(benches).join(', ')}`)
  return names
}

function sizes(text: string): number[] {
  const numbers = text.split(',').map(Number)
  if (numbers.some((pairs) => !Number.isInteger(pairs) || pairs < 1))
    throw new InvalidArgumentError(`"${text}" is no list of whole numbers`)
  return numbers
}

const figures: Figure[] = []
for (const name of options.only) {
  console.log(`== ${name}`)
  figures.push(...((await benches[name]?.()) ?? []))
}
const table = figureTable(figures)
console.log(`\n${table}`)
await mkdir(options.report, { recursive: true })
await writeFile(join(options.report, 'bench.md'), table)
await writeFile(join(options.report, 'bench.json'), `${JSON.stringify(figures, null, 2)}\n`)
process.exit(figures.every(({ aim }) => aim === null || aim.holds) ? 0 : 1)
