import type { Figure } from './figure.ts'
import { measureRegion, type RegionFigure } from './region/measure.ts'

const SMALLEST = 10
const LARGEST = 500
const LARGEST_WORKER_MB = 600
const EVENTS = 400
/** How much longer a pair may take among the largest number than among the smallest. */
const GROWTH = 15

export type RegionSizes = {
  /** Pairs, one size after the other, with one worker. */
  pairs: readonly number[]
  /** Then with so many workers each. */
  workers: readonly number[]
  /** Pairs that several workers share. */
  shared: number
}

/** Many pairs fail over at once; clusters, links and applications are in memory and answer at once. */
export async function regionFigures(
  { pairs, workers, shared }: RegionSizes,
  told: (line: string) => void,
): Promise<{ figures: Figure[]; growth: RegionFigure[] }> {
  const measure = async (size: number, count: number) => {
    const figure = await measureRegion(size, count)
    told(`${size} pairs, ${count} workers: ${figure.seconds.toFixed(1)} s, worker ${Math.round(figure.workerMb)} MB`)
    return figure
  }
  const growth: RegionFigure[] = []
  for (const size of pairs) growth.push(await measure(size, 1))
  const [first] = growth
  if (first === undefined) return { figures: [], growth }
  const alone =
    growth.find((figure) => figure.pairs === shared) ?? (workers.length > 0 ? await measure(shared, 1) : first)
  const more: Figure[] = []
  for (const count of workers) more.push(among(await measure(shared, count), alone))
  return { figures: [...growth.flatMap((figure) => sized(figure, first)), ...more, ...history(first)], growth }
}

const conditions = 'clusters in memory, Temporal dev server in memory, stability and poll 100 ms'

function sized({ pairs, seconds, workerMb }: RegionFigure, first: RegionFigure): Figure[] {
  const linear = (first.seconds / first.pairs) * pairs
  const isLargest = pairs === LARGEST && first.pairs === SMALLEST
  return [
    {
      what: `a region is lost: ${pairs} pairs fail over at once`,
      unit: 's',
      ours: seconds,
      peers: pairs === first.pairs ? [] : [{ name: `as long per pair as with ${first.pairs}`, value: linear }],
      aim: isLargest
        ? { words: `within ${GROWTH} times per pair of ${SMALLEST}`, holds: seconds <= GROWTH * linear }
        : null,
      with: `${conditions}, one worker`,
    },
    {
      what: `peak memory of the worker with ${pairs} pairs`,
      unit: 'MB',
      ours: workerMb,
      peers: pairs === first.pairs ? [] : [{ name: `with ${first.pairs}`, value: first.workerMb }],
      aim: pairs === LARGEST ? { words: `below ${LARGEST_WORKER_MB} MB`, holds: workerMb < LARGEST_WORKER_MB } : null,
      with: `${conditions}, one worker`,
    },
  ]
}

function among({ pairs, workers, seconds, workerMb }: RegionFigure, alone: RegionFigure): Figure {
  return {
    what: `a region is lost: ${pairs} pairs fail over at once, ${workers} workers`,
    unit: 's',
    ours: seconds,
    peers: [{ name: 'with one worker', value: alone.seconds }],
    aim: { words: 'less than with one worker', holds: seconds < alone.seconds },
    with: `${conditions}; workers, Temporal and the clusters share this machine's processors; the largest worker ${Math.round(workerMb)} MB`,
  }
}

function history({ events, historyBytes, steps }: RegionFigure): Figure[] {
  return [
    {
      what: `history of a planned failover of ${steps} steps`,
      unit: 'events',
      ours: events,
      peers: [{ name: "Temporal's limit", value: 51_200 }],
      aim: { words: `at most ${EVENTS}`, holds: events <= EVENTS },
      with: '2 applications, 1 topic',
    },
    {
      what: 'the same, its size',
      unit: 'bytes',
      ours: historyBytes,
      peers: [{ name: "Temporal's limit", value: 50 * 1024 * 1024 }],
      aim: null,
      with: '2 applications, 1 topic',
    },
  ]
}
