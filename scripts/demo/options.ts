import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { GroundName } from '../../lab/grounds/ground.ts'
import { DEFAULT_RECORDS_PER_SECOND, DEFAULT_TOPICS, parseTopics } from '../../lab/options.ts'
import { type LabTopic } from '../../lab/apps/definitions.ts'
import { backendOption } from '../backend-option.ts'
import { groundHelp, groundOption } from '../ground-option.ts'

export type DemoOptions = {
  ground: GroundName
  topics: LabTopic[]
  recordsPerSecond: number
  ordering: 'strict' | 'relaxed'
  order: 'lag-first' | 'documented'
  incident: 'planned' | 'region-lost'
  branch: 'recover' | 'replace'
  stranded: 'keep' | 'discard' | 'replay' | 'quarantine'
  backend: string
  handsOn: boolean
  keep: boolean
  summary?: string
}

/** What ends the program before the demo begins: help on standard output, or one readable line on standard error. */
export class OptionsEnd extends Error {
  readonly exitCode: 0 | 2
  constructor(message: string, exitCode: 0 | 2) {
    super(message)
    this.exitCode = exitCode
  }
}

const examples = `
Examples:
  npm run demo
  npm run demo -- --incident region-lost --branch replace
  npm run demo -- --topics orders.eu:5,payments:2 --records-per-second 500
  npm run demo -- --hands-on
  npm run demo -- --ground defaults --incident region-lost
  npm run demo -- --backend event-streams

Exit codes: 0 everything came out right, 1 something did not, 2 an option was not understood.`

/** Reads the arguments after the program's name. Throws OptionsEnd for --help and for what it does not understand. */
export function parseOptions(args: readonly string[]): DemoOptions {
  const output: string[] = []
  const command = define(output)
  try {
    return command.parse(args, { from: 'user' }).opts<DemoOptions>()
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) throw new OptionsEnd(output.join('').trimEnd(), 0)
    const fault = error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ')
    throw new OptionsEnd(`demo: ${fault} (npm run demo -- --help lists the options)`, 2)
  }
}

function define(output: string[]): Command {
  const choice = (flags: string, text: string, first: string, ...others: string[]) =>
    new Option(flags, text).choices([first, ...others]).default(first)
  return new Command('npm run demo --')
    .description(
      'Failover, reset and failback of two real Kafka clusters while applications produce and consume, and a verdict on every record.',
    )
    .addOption(groundOption())
    .addOption(
      new Option('--topics <name:partitions,…>', 'local topics')
        .argParser(refusing(topicList))
        .default(DEFAULT_TOPICS, DEFAULT_TOPICS.map(({ name, partitions }) => `${name}:${partitions}`).join()),
    )
    .option('--records-per-second <n>', "the producer's rate", refusing(rate), DEFAULT_RECORDS_PER_SECOND)
    .addOption(choice('--ordering <mode>', 'strict: copies are read to their end first', 'strict', 'relaxed'))
    .addOption(choice('--order <order>', 'order of the steps of a move', 'lag-first', 'documented'))
    .addOption(choice('--incident <kind>', 'region-lost: cluster A is killed', 'planned', 'region-lost'))
    .addOption(choice('--branch <branch>', 'replace: a new cluster C takes the place of A', 'recover', 'replace'))
    .addOption(
      choice(
        '--stranded <what>',
        'what is decided on stranded records when A is back',
        'keep',
        'discard',
        'replay',
        'quarantine',
      ),
    )
    .addOption(backendOption())
    .option('--hands-on', 'stop at each human step and say what to click or send', false)
    .option('--summary <file>', 'write the outcome as JSON')
    .option('--keep', 'leave everything up after the verdict, until Ctrl-C', false)
    .addHelpText('after', `${groundHelp}\n${examples}`)
    .allowExcessArguments(false)
    .configureOutput({ writeOut: (text) => void output.push(text), writeErr: () => undefined })
    .exitOverride()
}

/** Names under which copies of other topics arrive cannot be local topics: A, B and C are the lab's clusters. */
const COPY_NAME = /\.[ABC]$|^[ABC]\./

function topicList(text: string): LabTopic[] {
  const topics = parseTopics(text)
  const names = topics.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new Error(`${twice} is named twice`)
  const copy = names.find((name) => COPY_NAME.test(name))
  if (copy !== undefined) throw new Error(`${copy} is what a copy from another cluster is called`)
  const first = names[0] ?? ''
  if (first.startsWith('.')) throw new Error(`${first} begins with a dot: the pair is called after its first word`)
  return topics
}

function rate(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) throw new Error(`"${text}" is no positive number`)
  return value
}

function refusing<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text)
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
    }
  }
}
