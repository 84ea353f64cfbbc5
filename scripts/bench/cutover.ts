import { setTimeout as sleep } from 'node:timers/promises'
import { readSent } from '../../lab/apps/records.ts'
import type { GroundName } from '../../lab/grounds/ground.ts'
import { startLab, type Lab } from '../../lab/lab.ts'
import { failoverByHand } from './cutover/by-hand.ts'
import { failoverByProduct, type OwnTime } from './cutover/by-product.ts'
import { median, type Figure } from './figure.ts'

const AIM = 0.3
const OVERHEAD_MS = 100
/** Milliseconds. The same windows for both; the rest is patience. */
const WINDOWS = { stability: 1_000, poll: 300 }
const TIMING = { ...WINDOWS, watch: 1_000, stall: 90_000, stepBudget: 120_000, ticketPoll: 3_600_000 }
/** Milliseconds of ordinary business before, and after, so that there is a last record and a first one. */
const BUSINESS_MS = 3_000

/** How long nobody can write during a planned failover of a real pair: by the product, and by hand. */
export async function cutover(ground: GroundName, times: number, told: (line: string) => void): Promise<Figure[]> {
  const ours: number[] = []
  const byHand: number[] = []
  const own: OwnTime[] = []
  for (let time = 0; time < times; time++) {
    ours.push(await windowOf(ground, async (lab) => void own.push(await failoverByProduct(lab))))
    byHand.push(await windowOf(ground, (lab) => failoverByHand(lab, WINDOWS)))
    told(`${ours.at(-1)?.toFixed(1)} s, by hand ${byHand.at(-1)?.toFixed(1)} s`)
  }
  const [window, peer] = [median(ours), median(byHand)]
  const perStep = median(own.map(({ ownMs, steps }) => ownMs / steps))
  return [
    {
      what: 'cutover window: last record accepted on the old side to the first on the new',
      unit: 's',
      ours: window,
      peers: [{ name: "by hand with Kafka's tools and curl", value: peer }],
      aim: { words: `at most ${AIM} times by hand`, holds: window <= AIM * peer },
      with: `ground ${ground}, two clusters with one topic, a producer of 50 records/s that takes its time to start, stability ${WINDOWS.stability} ms and poll ${WINDOWS.poll} ms for both, median of ${times}`,
    },
    {
      what: 'overhead on these clusters: a run without what it asks of them and waits for, a step',
      unit: 'ms',
      ours: perStep,
      peers: [],
      aim: { words: `at most ${OVERHEAD_MS} ms`, holds: perStep <= OVERHEAD_MS },
      with: `the same runs`,
    },
  ]
}

/** Seconds in which no record was accepted, on a lab of its own. */
async function windowOf(ground: GroundName, failover: (lab: Lab) => Promise<void>): Promise<number> {
  const lab = await startLab({ ground, startApplicationsOn: 'A', timing: TIMING })
  try {
    await sleep(BUSINESS_MS)
    await failover(lab)
    await sleep(BUSINESS_MS)
    const accepted = readSent(lab.dir).filter((record) => !('maybe' in record))
    const at = (cluster: string) => accepted.filter((record) => record.cluster === cluster).map((record) => record.at)
    return (Math.min(...at('B')) - Math.max(...at('A'))) / 1000
  } finally {
    await lab.stop({ remove: true })
  }
}
