import { setTimeout as sleep } from 'node:timers/promises'
import { readReceived, readSent } from '../../lab/apps/records.ts'
import type { Lab } from '../../lab/lab.ts'
import type { TopicVerdict } from '../../lab/verdict.ts'
import { type Announced, readInTheEnd } from './announced.ts'

/** Milliseconds between two looks at the applications' records. */
const LOOK_MS = 500
/** Milliseconds without a further record after which consumers count as finished. */
const QUIET_MS = 10_000
/** Milliseconds consumers may take to finish at all. */
const FINISH_MS = 60_000

/** "1,204 records produced, 1,199 consumed". */
export function traffic(lab: Lab): string {
  const sent = readSent(lab.dir).filter((record) => !('maybe' in record)).length
  const received = readReceived(lab.dir).length
  return `${sent.toLocaleString('en-US')} records produced, ${received.toLocaleString('en-US')} consumed so far`
}

export async function stopProducers(lab: Lab): Promise<void> {
  await stopAll(lab, 'producer')
}

async function stopAll(lab: Lab, kind: 'producer' | 'consumer'): Promise<void> {
  await Promise.all(lab.applications.filter((app) => app.kind === kind).map((app) => lab.apps.stop(app.name)))
}

/** Lets consumers read what there is, until nothing is missing or nothing comes any more; then stops them. */
export async function finishConsumers(lab: Lab, said: Announced): Promise<TopicVerdict[]> {
  const verdict = () => lab.verdict({ ledger: said.ledger })
  const end = Date.now() + FINISH_MS
  let last = { count: -1, at: Date.now() }
  for (;;) {
    const now = verdict()
    if (nothingMissing(now, said)) break
    const count = now.reduce((sum, { received, duplicated }) => sum + received + duplicated, 0)
    if (count !== last.count) last = { count, at: Date.now() }
    if (Date.now() - last.at > QUIET_MS || Date.now() > end) break
    await sleep(LOOK_MS)
  }
  await stopAll(lab, 'consumer')
  return verdict()
}

function nothingMissing(topics: readonly TopicVerdict[], said: Announced): boolean {
  return topics.every(({ sent, received, lost, stranded }) => {
    const unread = readInTheEnd(said.settled) ? 0 : stranded
    return lost === 0 && received >= sent - unread
  })
}
