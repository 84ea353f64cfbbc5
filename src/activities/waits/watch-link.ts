import { activityInfo } from '@temporalio/activity'
import type { WaitActivities } from '../../contract/activities.ts'
import type { LagSample, LostRange, PackedSample } from '../../contract/evidence.ts'
import type { LagPoint, WatchFinding, WatchMemory } from '../../contract/watch.ts'
import { packSample, unpackSample } from '../../domain/packed-sample.ts'
import { raised } from '../../domain/watch/hysteresis.ts'
import { judge } from '../../domain/watch/judge.ts'
import { lossesKept, lossesSeen } from '../../domain/watch/losses.ts'
import { withPoint } from '../../domain/watch/lag-history.ts'
import { tracksAfter } from '../../domain/watch/tracks.ts'
import { linkName } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { lookUntil, verdictOr } from './look-until.ts'
import { withoutMarkersOnly } from './markers-only.ts'
import { pointOf, sampleOf } from './lag-sample.ts'
import { type WatchedTarget, type WatchedWorld, lookAtTarget, lookAtWorld } from './watched-world.ts'

type Input = Parameters<WaitActivities['watchLink']>[0]
type Watched = Awaited<ReturnType<WaitActivities['watchLink']>>

/** A cluster that answers within this is not dark, ms. */
const answerWithinMs = 20_000

/** A sample older than this is renewed at once, without waiting for the end of the stretch, ms. */
const oldMs = 60_000

/** Groups and copies on the target change seldom, and a thousand topics of metadata are not for every look, ms. */
const targetEveryMs = 15_000

/** Looks until a sign is raised, and until a finding that is gone is cleared. */
const looksToRaise = 2
const looksToClear = 6

/** What was found as right when the watch began is taken anew after this, ms: a change that was meant stays no finding. */
const settingsHoldMs = 86_400_000

/**
 * Samples the lag and judges what it sees: see `WaitActivities.watchLink` for when it returns. While the source is dark the
 * sample keeps its last good numbers, with the time they are from: a forced run estimates from them.
 */
export async function watchLink(deps: ActivityDeps, input: Input): Promise<Watched> {
  const began = resumed() ?? { sample: input.previous, points: [], memory: input.memory ?? nothingKnown }
  let newest = began.sample && unpackSample(began.sample)
  let { points, memory } = began
  let target: WatchedTarget | null = null
  let targetAt = -Infinity
  const timing = { pollMs: input.intervalMs, maxMs: input.maxMs, lookMs: answerWithinMs }
  const waited = await lookUntil<Watched>(timing, async (signal) => {
    const world = await lookAtWorld(deps, input, signal)
    const asked = input.judge && performance.now() - targetAt >= targetEveryMs
    if (asked) {
      target = await lookAtTarget(deps, input, signal)
      targetAt = performance.now()
    }
    const old = newest !== null && Date.parse(world.at) - Date.parse(newest.at) > oldMs
    const looked = sampleOf(world, newest)
    points = [...points, pointOf(world, looked)]
    const before = raised(memory.findings)
    memory = input.judge ? await judged(deps, input, { world, target, points, memory }, signal) : nothingKnown
    const sample = withLosses(looked, newest?.lost ?? [], world, memory)
    newest = sample
    const changed = isChanged(input, sample)
    const verdict = { sample: packSample(sample), changed, points, memory }
    return { verdict, done: changed || old || differ(before, raised(memory.findings)), live: verdict }
  })
  return verdictOr(waited, `The lag of ${linkName(input)}`)
}

const nothingKnown: WatchMemory = { findings: [], tracks: [], settings: null }

/** What is lost is seen for a moment only, until the link has gone on behind it: the sample carries it on. */
function withLosses(
  sample: LagSample,
  lost: readonly LostRange[],
  { look }: WatchedWorld,
  memory: WatchMemory,
): LagSample {
  const seen = { ...look, target: null, recent: [] }
  const kept = lossesKept(lost, lossesSeen(memory, seen), seen)
  return kept.length === 0 ? sample : { ...sample, lost: kept }
}

function isChanged({ lastReachable }: Input, sample: LagSample): boolean {
  return (
    lastReachable === null ||
    lastReachable.source !== sample.sourceReachable ||
    lastReachable.link !== sample.linkReachable
  )
}

function differ(before: readonly WatchFinding[], after: readonly WatchFinding[]): boolean {
  return before.length !== after.length || after.some(({ code }, index) => before[index]?.code !== code)
}

async function judged(
  deps: ActivityDeps,
  input: Input,
  seen: { world: WatchedWorld; target: WatchedTarget | null; points: LagPoint[]; memory: WatchMemory },
  signal: AbortSignal,
): Promise<WatchMemory> {
  const { world, target, memory } = seen
  const { recent } = input
  const { slots } = seen.points.reduce(withPoint, { slots: recent, worst: [] })
  const since = (slots.at(-1)?.[0] ?? 0) - input.windows.growth
  const look = { ...world.look, target, recent: slots.filter(([at]) => at >= since) }
  const tracks = await withoutMarkersOnly(deps, look, tracksAfter(memory.tracks, look), signal)
  const held = memory.settings !== null && Date.parse(world.at) - Date.parse(memory.settings.since) < settingsHoldMs
  const settings =
    held || look.link?.settings === undefined ? memory.settings : { since: world.at, values: { ...look.link.settings } }
  const known = { ...memory, tracks, settings }
  const patience = { raise: (looksToRaise - 1) * input.intervalMs, clear: looksToClear * input.intervalMs }
  return { ...known, findings: judge(look, known, patience) }
}

/** What an attempt that was lost with its worker had seen, from its heartbeat. */
function resumed(): { sample: PackedSample | null; points: LagPoint[]; memory: WatchMemory } | null {
  const details: unknown = activityInfo().heartbeatDetails
  if (typeof details !== 'object' || details === null || !('sample' in details)) return null
  return details as { sample: PackedSample; points: LagPoint[]; memory: WatchMemory }
}
