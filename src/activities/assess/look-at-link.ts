import type { LinkRef } from '../../contract/activities.ts'
import type { Finding, MirroredTo } from '../../contract/evidence.ts'
import type { LinkDescription } from '../../ports/mirroring.ts'
import { linkName } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { type Attempt, attempt } from './attempt.ts'

/** A link as its own side tells; where `problem` says why it did not answer, `description` is null. */
export interface LinkLook {
  name: string
  from: string
  to: string
  problem: string | null
  description: LinkDescription | null
  mirroredTo: Attempt<{ topic: string; offsets: MirroredTo[] }[]>
  /** What the link's service says of itself, where there is one. */
  service: Finding[]
}

export async function lookAtLink(
  deps: ActivityDeps,
  { pair, from, to }: LinkRef,
  topics: string[],
  signal: AbortSignal,
): Promise<LinkLook> {
  const port = deps.ports.mirroring(pair, from, to)
  const described = await attempt(() => port.describe(signal))
  const base = { name: linkName({ from, to }), from, to }
  if (!described.ok) {
    const { problem } = described
    return { ...base, problem, description: null, mirroredTo: { ok: false, problem }, service: [] }
  }
  const mirroredTo =
    topics.length === 0 ? { ok: true as const, value: [] } : await attempt(() => port.mirroredTo(topics, signal))
  const service = (await port.findings?.(signal)) ?? []
  return { ...base, problem: null, description: described.value, mirroredTo, service }
}
