/** One measured figure beside its peers, all of the same run. */
export type Figure = {
  what: string
  unit: 'ms' | 's' | 'MB' | 'events' | 'bytes' | 'times'
  ours: number
  /** What does the same, measured beside it. */
  peers: { name: string; value: number }[]
  /** What was aimed at, in words, and whether it holds; null: nothing was. */
  aim: { words: string; holds: boolean } | null
  /** Windows, intervals and sizes it was measured with. */
  with: string
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const [lower = NaN, upper = NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]]
  return (lower + upper) / 2
}

/** Milliseconds of each of `times` repetitions, after one that warms up. */
export async function timed(times: number, work: () => Promise<unknown>): Promise<number[]> {
  await work()
  const took: number[] = []
  for (let time = 0; time < times; time++) {
    const began = performance.now()
    await work()
    took.push(performance.now() - began)
  }
  return took
}

export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, unit, ours, peers, aim, with: measuredWith }) => [
    what,
    `${rounded(ours)} ${unit}`,
    peers.map(({ name, value }) => `${name}: ${rounded(value)} ${unit} (x${rounded(value / ours)})`).join('; ') || '-',
    aim === null ? '-' : `${aim.words}: ${aim.holds ? 'holds' : 'DOES NOT HOLD'}`,
    measuredWith,
  ])
  const head = ['figure', 'ours', 'beside it (times ours)', 'aim', 'with']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

function rounded(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}
