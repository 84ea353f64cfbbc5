import { activityInfo } from '@temporalio/activity'
import type { WaitActivities } from '../../contract/activities.ts'
import type { LagSample, LostRange, PackedSample } from '../../contract/evidence.ts'
import type { AssessedAhead, KeptThing, LagPoint, Tidied, WatchFinding, WatchMemory } from '../../contract/watch.ts'
import { packSample, unpackSample } from '../../domain/watch/packed-sample.ts'
import { raised } from '../../domain/watch/hysteresis.ts'
import { judge, judgeKept } from '../../domain/watch/judge.ts'
import { lossesKept, lossesSeen } from '../../domain/watch/losses.ts'
import { withPoint } from '../../domain/watch/lag-history.ts'
import { tracksAfter } from '../../domain/watch/tracks.ts'
import { assessInBackground } from '../assess/ahead.ts'
import { compareInBackground } from '../compare/background.ts'
import { keepInBackground } from '../keep/in-background.ts'
import { tidyInBackground } from '../keep/tidy.ts'
import { linkName } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { lookUntil, verdictOr } from './look-until.ts'
import { pointOf, sampleOf, sampleWith } from './lag-sample.ts'
import { scanRests } from './scan-rests.ts'
import { watchCopies } from './watched-copies.ts'
import { noCopies } from '../evidence/copies.ts'
import { type WatchedTarget, type WatchedWorld, lookAtTarget, lookAtWorld } from './watched-world.ts'

type Input = Parameters<WaitActivities['watchLink']>[0]
type Asking = Parameters<typeof assessInBackground>[3] & Parameters<typeof keepInBackground>[3]
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
export async function watchLink(deps: ActivityDeps, input: Input, asking: Asking): Promise<Watched> {
  const began = resumed() ?? { sample: input.previous, points: [], memory: input.memory ?? nothingKnown }
  let newest = began.sample && unpackSample(began.sample)
  let { points, memory } = began
  let target: WatchedTarget | null = null
  let targetAt = -Infinity
  const copyMemory = { placed: noCopies(), searched: new Map<string, number>() }
  const timing = { pollMs: input.intervalMs, maxMs: input.maxMs, lookMs: answerWithinMs }
  const { pair, from, to, topics } = input
  const comparing = input.judge ? compareInBackground(deps, { pair, from, to, topics }, memory.compared) : null
  const assessing = input.judge ? assessInBackground(deps, pair, memory.assessed, asking) : null
  const groupsBefore = memory.tidied?.groups ?? []
  const tidying = input.tidy ? tidyInBackground(deps, pair, input.tidy, asking) : null
  const keeping = input.keep ? keepInBackground(deps, pair, memory.kept ?? [], asking) : null
  const watching = lookUntil<Watched>(timing, async (signal) => {
    if (comparing) memory = { ...memory, compared: comparing.compared }
    if (assessing) memory = withAssessed(memory, assessing.assessed)
    memory = withTidied(withKept(memory, keeping?.things ?? []), groupsBefore, tidying?.tidied)
    const world = await lookAtWorld(deps, input, signal)
    const asked = input.judge && performance.now() - targetAt >= targetEveryMs
    if (asked) {
      target = await lookAtTarget(deps, input, world.groups, signal)
      targetAt = performance.now()
    }
    const old = newest !== null && Date.parse(world.at) - Date.parse(newest.at) > oldMs
    const seen = sampleOf(world, newest)
    const copies = await watchCopies(
      deps,
      input,
      { world, sample: seen, target: asked ? target : null, before: newest, compared: memory.compared },
      copyMemory,
      signal,
    )
    const known = { rests: seen.rests ?? [], ...copies }
    const before = raised(memory.findings)
    if (input.judge) {
      const { tracks, rests } = await tracked(deps, { world, target, known, before: newest, memory }, signal)
      known.rests = rests
      memory = { ...memory, tracks }
    } else memory = keptOnly({ ...world.look, target: null, recent: [], rests: [], missing: [] }, memory)
    const looked = sampleWith(seen, world, known)
    points = [...points, pointOf(world, looked)]
    if (input.judge) memory = judged(input, { world, target, points, memory, known })
    const sample = withLosses(looked, newest?.lost ?? [], world, memory)
    newest = sample
    const changed = isChanged(input, sample)
    const verdict = { sample: packSample(sample), changed, points, memory }
    return { verdict, done: changed || old || differ(before, raised(memory.findings)), live: verdict }
  })
  const stopped = watching.finally(() => {
    comparing?.stop()
    assessing?.stop()
    keeping?.stop()
    tidying?.stop()
  })
  return verdictOr(await stopped, `The lag of ${linkName(input)}`)
}

function withKept({ kept: _before, ...memory }: WatchMemory, things: KeptThing[]): WatchMemory {
  return things.length === 0 ? memory : { ...memory, kept: things }
}

/** The groups that were deleted stay known; what was lifted is handed on once. */
function withTidied({ tidied: _before, ...memory }: WatchMemory, before: string[], now?: Tidied): WatchMemory {
  const groups = [...new Set([...before, ...(now?.groups ?? [])])]
  const lifted = now?.lifted ?? []
  return groups.length === 0 && lifted.length === 0 ? memory : { ...memory, tidied: { lifted, groups } }
}

/** Nothing is found of a link that protects nobody, but for what runs have set. */
function keptOnly(look: Parameters<typeof judgeKept>[0], { findings, kept, tidied }: WatchMemory): WatchMemory {
  const memory = { ...withKept({ ...nothingKnown, findings }, kept ?? []), ...(tidied === undefined ? {} : { tidied }) }
  return { ...memory, findings: judgeKept(look, memory) }
}

function withAssessed({ assessed: _before, ...memory }: WatchMemory, assessed: AssessedAhead | undefined): WatchMemory {
  return assessed === undefined ? memory : { ...memory, assessed }
}

const nothingKnown: WatchMemory = { findings: [], tracks: [], settings: null }

/** What is lost is seen for a moment only, until the link has gone on behind it: the sample carries it on. */
function withLosses(
  sample: LagSample,
  lost: readonly LostRange[],
  { look }: WatchedWorld,
  memory: WatchMemory,
): LagSample {
  const seen = { ...look, target: null, recent: [], rests: sample.rests ?? [], missing: [] }
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

type Known = Required<Pick<LagSample, 'rests' | 'copies' | 'missing'>>

/** Which partitions are followed, and what is known of their rests, after what does not advance was read. */
async function tracked(
  deps: ActivityDeps,
  seen: {
    world: WatchedWorld
    target: WatchedTarget | null
    known: Known
    before: LagSample | null
    memory: WatchMemory
  },
  signal: AbortSignal,
): Promise<{ tracks: WatchMemory['tracks']; rests: Known['rests'] }> {
  const { world, target, known, before, memory } = seen
  const look = { ...world.look, target, recent: [], rests: known.rests, missing: known.missing }
  const tracks = tracksAfter(memory.tracks, look)
  const rests = await scanRests(deps, look, { ...memory, tracks }, before, signal)
  // What was found to be empty takes no place.
  return { tracks: tracksAfter(tracks, { ...look, rests }), rests }
}

function judged(
  input: Input,
  seen: {
    world: WatchedWorld
    target: WatchedTarget | null
    points: LagPoint[]
    memory: WatchMemory
    known: Known
  },
): WatchMemory {
  const { world, target, memory, known } = seen
  const { recent } = input
  const { slots } = seen.points.reduce(withPoint, { slots: recent, worst: [] })
  const since = (slots.at(-1)?.[0] ?? 0) - input.windows.growth
  const { rests, missing } = known
  const look = { ...world.look, target, recent: slots.filter(([at]) => at >= since), rests, missing }
  const held = memory.settings !== null && Date.parse(world.at) - Date.parse(memory.settings.since) < settingsHoldMs
  const settings =
    held || look.link?.settings === undefined ? memory.settings : { since: world.at, values: { ...look.link.settings } }
  const { reread: _before, ...rest } = memory
  const kept = { ...rest, settings, ...(target?.reread === undefined ? {} : { reread: [...target.reread] }) }
  const patience = { raise: (looksToRaise - 1) * input.intervalMs, clear: looksToClear * input.intervalMs }
  return { ...kept, findings: judge(look, kept, patience) }
}

/** What an attempt that was lost with its worker had seen, from its heartbeat. */
function resumed(): { sample: PackedSample | null; points: LagPoint[]; memory: WatchMemory } | null {
  const details: unknown = activityInfo().heartbeatDetails
  if (typeof details !== 'object' || details === null || !('sample' in details)) return null
  return details as { sample: PackedSample; points: LagPoint[]; memory: WatchMemory }
}
