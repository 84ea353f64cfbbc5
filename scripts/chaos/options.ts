import { Command, InvalidArgumentError } from 'commander'

export type ChaosOptions = {
  disasters: number
  seed: number
  /** How many labs are up at a time. */
  at: number
  /** Folder for the report. */
  report: string
}

const examples = `
Examples:
  npm run chaos -- --disasters 25 --seed 1
  npm run chaos -- --disasters 1 --seed 17

A disaster takes about two minutes. One that goes wrong keeps its lab's folder, with logs and records.
Exit codes: 0 every record is accounted for and in order, 1 something was not, 2 an option was not understood.`

export function readOptions(args: readonly string[]): ChaosOptions {
  return new Command('npm run chaos --')
    .description(
      'Seeded disasters: two clusters are mirrored while applications write and read; A is moved away from, killed or frozen, with a backlog, with consumers that are behind, and the worker is killed in the middle. After failover, reset and failback every acknowledged record must be received or stand in the ledger, per partition, and in order.',
    )
    .option('--disasters <n>', 'how many', positive, 5)
    .option('--seed <n>', 'seed of the first; the others follow', whole, 1)
    .option('--at <n>', 'labs that are up at a time', positive, 1)
    .option('--report <folder>', 'where chaos.md and chaos.json are written', '.chaos')
    .addHelpText('after', examples)
    .allowExcessArguments(false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(args, { from: 'user' })
    .opts<ChaosOptions>()
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
