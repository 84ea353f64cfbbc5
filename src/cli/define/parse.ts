import { InvalidArgumentError, type Command } from 'commander'

/** `a,b` and repeated options become one list. */
export function list(value: string, previous: string[] | undefined): string[] {
  const names = value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (names.length === 0) throw new InvalidArgumentError('give at least one name, or leave the option out.')
  return [...(previous ?? []), ...names]
}

/** A number of seconds, zero or more. */
export function seconds(value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number) || number < 0)
    throw new InvalidArgumentError('give a number of seconds, zero or more.')
  return number
}

const units: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** `30m`, `6h`, `2d`, in seconds. */
export function span(value: string): number {
  const [, amount = '', unit = ''] = /^(\d+)([smhd])$/.exec(value.trim()) ?? []
  const total = Number(amount) * (units[unit] ?? 0)
  if (!(total > 0)) throw new InvalidArgumentError('give a duration above zero, as 45s, 30m, 6h or 2d.')
  return total
}

/** A whole number above zero. */
export function count(value: string): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('give a whole number above zero.')
  return number
}

/** Without a terminal a run that waits for a person is left after so many seconds: long enough for a quick answer. */
const defaultPatience = 10

export function addFollowOptions(command: Command): Command {
  return command.option(
    '--patience <seconds>',
    'with --follow and without a terminal: leave with exit code 4 once the run has waited for a person this long; with a terminal it is followed to its end',
    seconds,
    defaultPatience,
  )
}

export const example = (text: string): string => `\nExample:\n  ${text.split('\n').join('\n  ')}`
