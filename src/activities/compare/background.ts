import type { LinkRef } from '../../contract/activities.ts'
import type { ComparedCopies } from '../../contract/compare.ts'
import { dueTopics, withTopic } from '../../domain/compare/due.ts'
import { kept, nothingCompared, only, together } from '../../domain/compare/kept.ts'
import { findPair } from '../configured.ts'
import { BesideTheWatch, knownToWorker } from '../beside-the-watch.ts'
import type { ActivityDeps } from '../deps.ts'
import { paceOf } from './pace.ts'
import { lookAtContent } from './sight.ts'
import { type Progress, takeTurn } from './turn.ts'

/** A stretch that ends at once compares nothing, ms. */
const startAfter = 1_000
/** Between two rounds, and after one that failed, ms. */
const restMs = 1_000
const afterFailureMs = 15_000
/** Topics of one round: a few requests find out about all of them. */
const topicsAtOnce = 10

/** What a worker knows of a link beyond what travels with the pair; `tried`: when a topic last had a turn that was not finished. */
interface Known {
  compared: ComparedCopies
  tried: Map<string, number>
  progress: Map<string, Progress>
}
const knownBy = knownToWorker<Known>()

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
  const beside = new BesideTheWatch()
  const { signal } = beside
  const known = knownOf(deps, JSON.stringify({ pair: link.pair, from: link.from, to: link.to }))
  known.compared = only(before === undefined ? nothingCompared : together(before, known.compared), topics)
  const pace = paceOf({ records: settings.recordsPerSecond, bytes: settings.bytesPerSecond }, signal)
  const seconds = (): number => Math.floor(deps.clock.now().getTime() / 1000)
  const round = async (): Promise<void> => {
    const due = dueTopics(known.compared, topics, { now: seconds(), tried: known.tried, count: topicsAtOnce })
    if (due.length === 0) return
    const tried = (topic: string) => known.tried.set(topic, seconds())
    const seen = await lookAtContent(deps, link, due, signal).catch((error: unknown) => {
      due.forEach(tried)
      throw error
    })
    for (const topic of due) {
      const now = seconds()
      tried(topic)
      const content = seen.find((one) => one.topic === topic)
      if (content === undefined) {
        known.compared = withTopic(known.compared, [topic, '', now, 'absent', []])
        continue
      }
      const turn = { deps, link, pace, signal, now, every: settings.every / 1000 }
      const progress: Progress = known.progress.get(topic) ?? new Map()
      known.progress.set(topic, progress)
      await takeTurn(turn, content, known.compared, progress, (compared) => {
        known.compared = compared
      })
    }
  }
  beside.begin(round, { startAfter, every: restMs, afterFailure: afterFailureMs })
  return {
    get compared() {
      return kept(known.compared)
    },
    stop: () => beside.stop(),
  }
}

/** What this worker has compared of a link so far; it may be more than what travels. */
export function comparedHere(deps: ActivityDeps, link: LinkRef): ComparedCopies {
  const { pair, from, to } = link
  return knownBy(deps).get(JSON.stringify({ pair, from, to }))?.compared ?? nothingCompared
}

function knownOf(deps: ActivityDeps, link: string): Known {
  const links = knownBy(deps)
  const known = links.get(link) ?? { compared: nothingCompared, tried: new Map(), progress: new Map() }
  links.set(link, known)
  return known
}
