import { setTimeout as sleep } from 'node:timers/promises'
import type { LinkRef } from '../../contract/activities.ts'
import { type ComparedUpTo, comparedUpTo } from '../../domain/compare/compared-up-to.ts'
import { nothingCompared, together } from '../../domain/compare/kept.ts'
import { attempt } from '../assess/attempt.ts'
import { linkName } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { createPairDoor } from '../pair-door.ts'
import { comparedHere } from './background.ts'

/** No evidence waits longer for what was compared before, ms: without it the newest records are compared again. */
const answerWithin = 1_000

/** What the comparison in the background knows of a link, from the pair and from this worker. Never fails: what is not told is not known. */
export async function comparedBefore(
  deps: ActivityDeps,
  { pair, from, to }: LinkRef,
): Promise<readonly ComparedUpTo[]> {
  const late = new AbortController()
  const asked = attempt(() => createPairDoor(deps.client).watched(pair)).catch(() => null)
  const timer = sleep(answerWithin, null, { signal: late.signal, ref: false }).catch(() => null)
  const answer = await Promise.race([asked, timer])
  late.abort()
  const watch = answer?.ok ? answer.value : undefined
  const travelled = watch?.link === linkName({ from, to }) ? watch.memory.compared : undefined
  return comparedUpTo(together(travelled ?? nothingCompared, comparedHere(deps, { pair, from, to })))
}
