import { Command, InvalidArgumentError, Option } from 'commander'
import { grounds } from '../../lab/grounds/catalogue.ts'
import type { Ground, GroundName } from '../../lab/grounds/ground.ts'
import { routeNames, type RouteName } from '../../test/chaos/kills/route.ts'
import type { Backend } from '../../test/chaos/kills/trip.ts'
import { victimNames, type VictimName } from '../../test/chaos/kills/victim.ts'
import { backendOption } from '../backend-option.ts'
import { groundHelp, groundOption } from '../ground-option.ts'

export type ChaosOptions = {
  /** The kind of installation all of it is played on. */
  ground: GroundName
  disasters: number
  /** Round trips with consumers that lag behind, all of them one after the other on one lab. */
  trips: number
  /** Failovers during which a broker of each side and a Connect worker are lost. */
  machines: number
  /** Region losses of four pairs over the same two clusters, in drawn interleavings. */
  pairs: number
  seed: number
  kills: VictimName[]
  /** Ways on which the victims are struck. */
  routes: RouteName[]
  /** Trips for each victim and way, at most: those after the first strike where no step could be struck yet. */
  passes: number
  /** What drives the mirroring while victims are struck. */
  backend: Backend
  /** Null: not asked for. Empty: the whole matrix; else the cells whose name has this text. */
  doors: string | null
  /** How many labs are up at a time. */
  at: number
  /** Folder for the report. */
  report: string
}

const examples = `
Examples:
  npm run chaos -- --kills worker,temporal
  npm run chaos -- --kills worker --routes forced,replace
  npm run chaos -- --kills broker-B --passes 3
  npm run chaos -- --kills worker --backend event-streams
  npm run chaos -- --disasters 25 --seed 1
  npm run chaos -- --disasters 1 --seed 17
  npm run chaos -- --trips 3
  npm run chaos -- --pairs 5 --seed 1
  npm run chaos -- --ground defaults --disasters 5
  npm run chaos -- --ground ha --machines 1
  npm run chaos -- --doors
  npm run chaos -- --doors "failover: terminate at mark-cut"

Without --kills, --disasters, --pairs, --trips, --machines and --doors: every victim on every route, 25 disasters, 5 interleavings of four pairs, 3 trips and all doors; some hours.
A disaster takes about two minutes, the way there and back with a victim from five to ten, all doors three quarters of an hour.
What goes wrong keeps its lab's folder, with logs and records.
Exit codes: 0 all went well, 1 something did not, 2 an option was not understood.`

/** A, B, A, B, A, B, A: one of each kind. */
const TRIPS = 3
/** Interleavings of four pairs. */
const PAIRS = 5

export function readOptions(args: readonly string[]): ChaosOptions {
  const command = new Command('npm run chaos --')
    .description(
      'On real clusters with applications that write and read. Kills: a failover, a reset and a failback, in each step of which the victim is killed (or frozen) and given back; A is left in order (planned), lost and comes back (forced), or lost and replaced by C (replace). Disasters, by seed: A is moved away from, killed or frozen, with a backlog, with consumers that are behind, and the worker is killed in the middle. Afterwards every acknowledged record must be received or stand in the ledger, per partition, and in order; nothing may have been done twice. Pairs: four pairs over A and B, two of them on one connector, lose A and come back, in an order drawn by seed. Doors: Cancel, Terminate and Reset in every step of every runbook, on a Temporal dev server over in-memory ports.',
    )
    .addOption(groundOption())
    .addOption(
      new Option('--kills <victims>', `victims, comma-separated, or all: ${victimNames.join(', ')}`)
        .argParser(victims)
        .default([], 'none'),
    )
    .addOption(
      new Option(
        '--routes <routes>',
        `ways on which they are struck, comma-separated, or all: ${routeNames.join(', ')}`,
      )
        .argParser(routes)
        .default(['planned'], 'planned'),
    )
    .option('--passes <n>', 'trips, at most, until a victim was struck in each step of a way', positive, 1)
    .addOption(backendOption())
    .option('--disasters <n>', 'how many', positive, 0)
    .option('--machines <n>', 'failovers that lose a broker of each side and a Connect worker (ground ha)', positive, 0)
    .option('--pairs <n>', 'region losses of four pairs over two clusters, in drawn orders', positive, 0)
    .option('--seed <n>', 'seed of the first disaster or interleaving; the others follow', whole, 1)
    .option('--trips <n>', 'round trips on one lab, with consumers that lag behind', positive, 0)
    .addOption(
      new Option(
        '--doors [text]',
        'Cancel, Terminate and Reset in every step, or in the cells whose name has this text',
      )
        .preset('')
        .default(null, 'none'),
    )
    .option('--at <n>', 'labs that are up at a time', positive, 1)
    .option('--report <folder>', 'where chaos.md and chaos.json are written', '.chaos')
    .addHelpText('after', `${groundHelp}\n${examples}`)
    .allowExcessArguments(false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  const options = command.parse(args, { from: 'user' }).opts<ChaosOptions>()
  const { kills, disasters, pairs, trips, machines, doors } = options
  const chosen = kills.length > 0 || disasters > 0 || pairs > 0 || trips > 0 || machines > 0 || doors !== null
  return chosen ? options : { ...options, ...everything(grounds[options.ground]) }
}

/** What is played when nothing is chosen; machines are lost where a ground can do without one. */
function everything({ brokers, workers }: Ground) {
  const machines = brokers > 1 && workers > 1 ? 1 : 0
  return {
    kills: [...victimNames],
    routes: [...routeNames],
    disasters: 25,
    pairs: PAIRS,
    trips: TRIPS,
    machines,
    doors: '',
  }
}

const victims = (text: string) => listOf(victimNames, text)
const routes = (text: string) => listOf(routeNames, text)

function listOf<Name extends string>(known: readonly Name[], text: string): Name[] {
  if (text === 'all') return [...known]
  return text.split(',').map((part) => {
    const found = known.find((name) => name === part.trim())
    if (found === undefined) throw new InvalidArgumentError(`"${part}" is none of ${known.join(', ')}`)
    return found
  })
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError(`"${text}" is no whole number`)
  return Number(text)
}

function positive(text: string): number {
  const value = whole(text)
  if (value === 0) throw new InvalidArgumentError('at least 1')
  return value
}
