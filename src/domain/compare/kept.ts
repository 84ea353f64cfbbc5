import type { ComparedCopies, ComparedTopic } from '../../contract/compare.ts'

/** Topics that travel with the pair. What was compared of others stays with the worker, and is compared again by the next one. */
const topicsKept = 100
/** Rows that travel, in all. */
const rowsKept = 300

export const nothingCompared: ComparedCopies = { topics: [], differences: [] }

/** What travels with the pair: topics that are not the same first, then those compared last, whose marks are worth most. */
export function kept({ topics, differences, more }: ComparedCopies): ComparedCopies {
  const sorted = [...topics].sort((a, b) => weight(b) - weight(a) || b[2] - a[2])
  const some: ComparedTopic[] = []
  let rows = 0
  for (const topic of sorted) {
    if (some.length >= topicsKept || rows + topic[4].length > rowsKept) break
    some.push(topic)
    rows += topic[4].length
  }
  const rest = sorted.slice(some.length)
  const left = (more?.topics ?? 0) + rest.length
  const oldest = Math.min(more?.oldest ?? Infinity, ...rest.map(([, , at]) => at))
  return { topics: some, differences, ...(left > 0 ? { more: { topics: left, oldest } } : {}) }
}

function weight([, , , result]: ComparedTopic): number {
  return result === 'differs' ? 2 : result === 'same' ? 0 : 1
}

/**
 * What the worker knows beyond what travels; of a topic that both have, what was compared later, with its differences: a mark
 * without them would say that all is the same.
 */
export function together(travelled: ComparedCopies, known: ComparedCopies): ComparedCopies {
  const topics = new Map(travelled.topics.map((topic) => [topic[0], topic]))
  const ours = new Set<string>()
  for (const topic of known.topics) {
    const other = topics.get(topic[0])
    if (other !== undefined && other[2] > topic[2]) continue
    topics.set(topic[0], topic)
    ours.add(topic[0])
  }
  const differences = [
    ...travelled.differences.filter(({ topic }) => !ours.has(topic)),
    ...known.differences.filter(({ topic }) => ours.has(topic)),
  ]
  return { topics: [...topics.values()], differences }
}

/** Without topics that the pair no longer has. */
export function only({ topics, differences }: ComparedCopies, names: readonly string[]): ComparedCopies {
  const wanted = new Set(names)
  return {
    topics: topics.filter(([topic]) => wanted.has(topic)),
    differences: differences.filter(({ topic }) => wanted.has(topic)),
  }
}
