import { setTimeout as sleep } from 'node:timers/promises'
import type { LinkRef } from '../../contract/activities.ts'
import type { ComparedCopies } from '../../contract/compare.ts'
import { dueTopics } from '../../domain/compare/due.ts'
import { kept, nothingCompared, only, together } from '../../domain/compare/kept.ts'
import { findPair } from '../configured.ts'
import { activitySignal, type ActivityDeps, unlimited } from '../deps.ts'
import { paceOf } from './pace.ts'
import { lookAtContent } from './sight.ts'
import { takeTurn } from './turn.ts'

/** A stretch that ends at once compares nothing, ms. */
const startAfter = 1_000
/** Between two rounds, and after one that failed, ms. */
const restMs = 1_000
const afterFailureMs = 15_000
/** Topics of one round: a few requests find out about all of them. */
const topicsAtOnce = 10

/** What a worker knows of each link, beyond what travels with the pair. */
const knownBy = new WeakMap<ActivityDeps, Map<string, ComparedCopies>>()

export interface Comparing {
  /** As it travels. */
  readonly compared: ComparedCopies
  stop(): void
}

/**
 * Compares copies with their source beside the looks of the watch, at the pair's rate, one range at a time, until it is stopped.
 * Whatever fails is tried again later: the watch never waits for it and never fails because of it.
 */
export function compareInBackground(
  deps: ActivityDeps,
  { topics, ...link }: LinkRef & { topics: string[] },
  before: ComparedCopies | undefined,
): Comparing {
  const settings = findPair(deps.config(), link.pair)?.compare
  if (settings === undefined || !settings.enabled) return { compared: nothingCompared, stop: () => undefined }
  const stopping = new AbortController()
  const signal = unlimited(AbortSignal.any([activitySignal(), stopping.signal]))
  const links = knownBy.get(deps) ?? new Map<string, ComparedCopies>()
  knownBy.set(deps, links)
  const name = JSON.stringify(link)
  const known = links.get(name) ?? nothingCompared
  let state = only(before === undefined ? nothingCompared : together(before, known), topics)
  const keep = (compared: ComparedCopies): void => {
    state = compared
    links.set(name, compared)
  }
  const pace = paceOf({ records: settings.recordsPerSecond, bytes: settings.bytesPerSecond }, signal)
  const round = async (): Promise<void> => {
    const now = Math.floor(deps.clock.now().getTime() / 1000)
    const due = dueTopics(state, topics, now, topicsAtOnce)
    if (due.length === 0) return
    for (const seen of await lookAtContent(deps, { ...link }, due, signal)) {
      keep(await takeTurn({ deps, link, pace, signal, now, every: settings.every / 1000 }, seen, state))
    }
  }
  void (async () => {
    await sleep(startAfter, undefined, { signal })
    for (;;) {
      const failed = await round().then(
        () => false,
        () => true,
      )
      await sleep(failed ? afterFailureMs : restMs, undefined, { signal })
    }
  })().catch(() => undefined)
  return {
    get compared() {
      return kept(state)
    },
    stop: () => stopping.abort(),
  }
}
