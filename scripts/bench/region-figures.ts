import type { Figure } from './figure.ts'
import { measureRegion, type RegionFigure } from './region/measure.ts'

const SMALLEST = 10
const LARGEST = 500
const LARGEST_WORKER_MB = 600
const EVENTS = 400
/** How much longer a pair may take among the largest number than among the smallest. */
const GROWTH = 15

/** Many pairs fail over at once through one worker; clusters, links and applications are in memory and answer at once. */
export async function regionFigures(sizes: readonly number[], told: (line: string) => void): Promise<Figure[]> {
  const measured: RegionFigure[] = []
  for (const pairs of sizes) {
    const figure = await measureRegion(pairs)
    told(`${pairs} pairs: ${figure.seconds.toFixed(1)} s, worker ${Math.round(figure.workerMb)} MB`)
    measured.push(figure)
  }
  const [first] = measured
  return first === undefined ? [] : [...measured.flatMap((figure) => sized(figure, first)), ...history(first)]
}

const conditions = 'clusters in memory, one worker, Temporal dev server in memory, stability and poll 100 ms'

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
      with: conditions,
    },
    {
      what: `peak memory of the worker with ${pairs} pairs`,
      unit: 'MB',
      ours: workerMb,
      peers: pairs === first.pairs ? [] : [{ name: `with ${first.pairs}`, value: first.workerMb }],
      aim: pairs === LARGEST ? { words: `below ${LARGEST_WORKER_MB} MB`, holds: workerMb < LARGEST_WORKER_MB } : null,
      with: conditions,
    },
  ]
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
