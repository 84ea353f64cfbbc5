import { setTimeout as sleep } from 'node:timers/promises'
import { readSent } from '../../lab/apps/records.ts'
import type { GroundName } from '../../lab/grounds/ground.ts'
import { startLab, type Lab } from '../../lab/lab.ts'
import { failoverByHand } from './cutover/by-hand.ts'
import { failoverByProduct, type OwnTime } from './cutover/by-product.ts'
import { parts, splitWindow } from './cutover/split.ts'
import { median, type Figure } from './figure.ts'

/** Of a failover by hand. */
const AIMS: Partial<Record<GroundName, number>> = { lab: 0.6, defaults: 0.15 }
/** Seconds that the window on `defaults` may be longer than on `lab`. */
const LONGER_ON_DEFAULTS = 1.5
/** The whole failover on `defaults` may take so many times what it takes on `lab`. */
const WHOLE_ON_DEFAULTS = 1.5
const OVERHEAD_MS = 100
/** Milliseconds. The same windows for both; the rest is patience. */
const WINDOWS = { stability: 1_000, poll: 300 }
const TIMING = { ...WINDOWS, watch: 1_000, stall: 90_000, stepBudget: 120_000, ticketPoll: 3_600_000 }
/** Milliseconds of ordinary business before, and after, so that there is a last record and a first one. */
const BUSINESS_MS = 3_000

/** How long nobody can write during a planned failover of a real pair: by the product, and by hand. */
export async function cutover(ground: GroundName, times: number, told: (line: string) => void): Promise<Figure[]> {
  const ours: Measured[] = []
  const byHand: number[] = []
  const onLab: Measured[] = []
  for (let time = 0; time < times; time++) {
    ours.push(await byProduct(ground))
    if (ground === 'defaults') onLab.push(await byProduct('lab'))
    byHand.push(seconds((await windowOf(ground, (lab) => failoverByHand(lab, WINDOWS))).window))
    told(`${inWords(ground, ours.at(-1))}${inWords('lab', onLab.at(-1))}by hand ${byHand.at(-1)?.toFixed(1)} s`)
  }
  const [window, peer] = [median(ours.map((one) => seconds(one.window))), median(byHand)]
  const perStep = median(ours.map(({ own }) => own.ownMs / own.steps))
  const aim = AIMS[ground]
  const measuredWith = `ground ${ground}, two clusters with one topic, a producer of 50 records/s that takes its time to start, stability ${WINDOWS.stability} ms and poll ${WINDOWS.poll} ms for both, median of ${times}`
  return [
    {
      what: 'cutover window: last record accepted on the old side to the first on the new',
      unit: 's',
      ours: window,
      peers: [{ name: "by hand with Kafka's tools and curl", value: peer }],
      aim: aim === undefined ? null : { words: `at most ${aim} times by hand`, holds: window <= aim * peer },
      with: measuredWith,
    },
    ...(onLab.length === 0 ? [] : [windowBesideLab(window, onLab)]),
    wholeFailover(ground, ours, onLab),
    ...parts.map((part): Figure => ({
      what: `of the cutover window: ${part}`,
      unit: 's',
      ours: median(ours.map(({ own, window: of }) => splitWindow(own.spans, of)[part])),
      peers: [],
      aim: null,
      with: 'the same runs, median of each part',
    })),
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

function windowBesideLab(window: number, onLab: readonly Measured[]): Figure {
  const lab = median(onLab.map((one) => seconds(one.window)))
  return {
    what: 'cutover window with the defaults of Connect and MirrorMaker, beside ground lab',
    unit: 's',
    ours: window,
    peers: [{ name: 'the same on ground lab', value: lab }],
    aim: {
      words: `at most ${LONGER_ON_DEFAULTS} s longer than on lab`,
      holds: window <= lab + LONGER_ON_DEFAULTS,
    },
    with: `the same runs, one on lab after each, median of ${onLab.length}`,
  }
}

function wholeFailover(ground: GroundName, ours: readonly Measured[], onLab: readonly Measured[]): Figure {
  const whole = (runs: readonly Measured[]) => median(runs.map(({ own }) => own.wholeMs / 1000))
  const figure = {
    what: `the whole failover on ${ground}, from its start to its end`,
    unit: 's' as const,
    ours: whole(ours),
  }
  if (onLab.length === 0) return { ...figure, peers: [], aim: null, with: 'the same runs' }
  const ratio = whole(ours) / whole(onLab)
  return {
    ...figure,
    peers: [{ name: 'the same on ground lab', value: whole(onLab) }],
    aim: { words: `at most ${WHOLE_ON_DEFAULTS} times what it takes on lab`, holds: ratio <= WHOLE_ON_DEFAULTS },
    with: `the same runs, one on lab after each, median of ${onLab.length}: ${ratio.toFixed(2)} times`,
  }
}

function inWords(ground: GroundName, one: Measured | undefined): string {
  if (one === undefined) return ''
  return `${ground} ${seconds(one.window).toFixed(1)} s of ${(one.own.wholeMs / 1000).toFixed(1)} s, `
}

/** Milliseconds since 1970. */
type Window = { from: number; to: number }
type Measured = { window: Window; own: OwnTime }

const seconds = ({ from, to }: Window): number => (to - from) / 1000

async function byProduct(ground: GroundName): Promise<Measured> {
  const { window, result } = await windowOf(ground, failoverByProduct)
  return { window, own: result }
}

/** From the last record accepted on A to the first on B, on a lab of its own. */
async function windowOf<T>(
  ground: GroundName,
  failover: (lab: Lab) => Promise<T>,
): Promise<{ window: Window; result: T }> {
  const lab = await startLab({ ground, startApplicationsOn: 'A', timing: TIMING })
  try {
    await sleep(BUSINESS_MS)
    const result = await failover(lab)
    await sleep(BUSINESS_MS)
    return { window: { from: Math.max(...acceptedOn(lab, 'A')), to: Math.min(...acceptedOn(lab, 'B')) }, result }
  } finally {
    await lab.stop({ remove: true })
  }
}

/** When records were acknowledged there, by the producers' own notes, ms since 1970. */
export function acceptedOn(lab: Lab, cluster: string): number[] {
  return readSent(lab.dir).flatMap((record) => ('maybe' in record || record.cluster !== cluster ? [] : [record.at]))
}
