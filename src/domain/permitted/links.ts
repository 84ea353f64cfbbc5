import type { PositionChange } from '../../contract/evidence.ts'
import { entriesBeside, SelectionError } from '../names/selection.ts'
import type { Allowance, Refusals } from './allowance.ts'

/** A selection may change in what it does with topics of the pair; every other entry stays as it is. */
export function refusedSelection(
  { pair, topics, former }: Allowance,
  { before, after }: { before: string | null; after: string },
): Refusals {
  const own = [...topics, ...former.topics]
  const [was, is] = [besideOr(before, own), besideOr(after, own)]
  if (was === null || is === null) return ['an entry is narrowed too often to be judged']
  return [
    ...is
      .filter((entry) => !was.includes(entry))
      .map((entry) => `"${entry}" would be added, and is no topic of ${pair}`),
    ...was
      .filter((entry) => !is.includes(entry))
      .map((entry) => `"${entry}" would be taken out, and is no topic of ${pair}`),
  ]
}

function besideOr(text: string | null, own: string[]): string[] | null {
  try {
    return entriesBeside(text, own)
  } catch (error) {
    if (error instanceof SelectionError) return null
    throw error
  }
}

export function refusedPositions(
  { pair, topics, former }: Allowance,
  positions: readonly { topic: string; offsets: readonly PositionChange[] }[],
): Refusals {
  return positions.flatMap(({ topic }) =>
    topics.includes(topic) || former.topics.includes(topic) ? [] : [`${topic} is no topic of ${pair}`],
  )
}
