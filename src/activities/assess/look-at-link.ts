import type { LinkLook } from '../../domain/assess/world.ts'
import type { LinkRef } from '../../contract/activities.ts'
import { linkName } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { attempt } from './attempt.ts'

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
