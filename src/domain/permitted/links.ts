import type { PositionChange } from '../../contract/evidence.ts'
import { entriesBeside } from '../selection.ts'
import type { Allowance, Refusals } from './allowance.ts'

/** A selection may change in what it does with topics of the pair; every other entry stays as it is. */
export function refusedSelection(
  { pair, topics, former }: Allowance,
  { before, after }: { before: string | null; after: string },
): Refusals {
  const own = [...topics, ...former.topics]
  const [was, is] = [entriesBeside(before, own), entriesBeside(after, own)]
  return [
    ...is
      .filter((entry) => !was.includes(entry))
      .map((entry) => `"${entry}" would be added, and is no topic of ${pair}`),
    ...was
      .filter((entry) => !is.includes(entry))
      .map((entry) => `"${entry}" would be taken out, and is no topic of ${pair}`),
  ]
}

export function refusedPositions(
  { pair, topics, former }: Allowance,
  positions: readonly { topic: string; offsets: readonly PositionChange[] }[],
): Refusals {
  return positions.flatMap(({ topic }) =>
    topics.includes(topic) || former.topics.includes(topic) ? [] : [`${topic} is no topic of ${pair}`],
  )
}
