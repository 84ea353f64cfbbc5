import type { WaitActivities } from '../../contract/activities.ts'
import { remoteName } from '../../domain/names/naming.ts'
import { linkName, listed } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { copiedSum, mirroredSum, newMemory, takeCertificate } from '../evidence/certificate.ts'
import { probeDisabled } from '../reads/link.ts'
import { lookUntil } from './look-until.ts'

type DisabledInput = Parameters<WaitActivities['awaitDisabled']>[0]
type AssignedInput = Parameters<WaitActivities['awaitAssigned']>[0]
type Assigned = Awaited<ReturnType<WaitActivities['awaitAssigned']>>
type RemoteInput = Parameters<WaitActivities['awaitRemoteTopics']>[0]
type Remote = Awaited<ReturnType<WaitActivities['awaitRemoteTopics']>>

/** The link is off by its own word. */
export async function awaitDisabled(
  deps: ActivityDeps,
  input: DisabledInput,
): Promise<{ disabled: boolean; detail: string }> {
  const { verdict, problem } = await lookUntil(input, async (signal) => {
    const probe = await probeDisabled(deps, input, signal)
    return { verdict: probe, done: probe.disabled, live: { ...probe } }
  })
  if (verdict !== undefined && problem === null) return verdict
  return { disabled: false, detail: problem ?? `${linkName(input)} was not checked` }
}

/** The topics are assigned to no task any more, or all of them are to a link that runs. */
export async function awaitAssigned(deps: ActivityDeps, input: AssignedInput): Promise<Assigned> {
  const { topics, present } = input
  const link = deps.ports.mirroring(input.pair, input.from, input.to)
  const { verdict, problem } = await lookUntil<Assigned>(input, async (signal) => {
    const { state, assigned, detail: states } = await link.describe(signal)
    const at = new Set(assigned.filter(({ partitions }) => partitions.length > 0).map(({ topic }) => topic))
    const wrong = topics.filter((topic) => at.has(topic) !== present)
    const reached = wrong.length === 0 && (!present || state === 'running')
    const detail = reached
      ? `${topics.length} topics are ${present ? 'mirrored' : 'not mirrored'} by ${linkName(input)}`
      : wrong.length > 0
        ? `${wrong.length} of ${topics.length} topics ${present ? 'have no task' : 'still have a task'} on ${linkName(input)}: ${listed(wrong)} (${states})`
        : `${linkName(input)} is ${state}: ${states}`
    return {
      verdict: { reached, detail },
      done: reached,
      live: { wrong: wrong.length, state },
      outstanding: new Map([[linkName(input), `${wrong.length} topics: ${states}`]]),
    }
  })
  if (verdict !== undefined && problem === null) return verdict
  return { reached: false, detail: problem ?? `${linkName(input)} was not checked` }
}

/** The copies exist with as many partitions as the topics, and mirroring keeps up or moves. */
export async function awaitRemoteTopics(deps: ActivityDeps, input: RemoteInput): Promise<Remote> {
  const { topics, naming, from, to } = input
  const [source, target] = [deps.ports.cluster(from), deps.ports.cluster(to)]
  const memory = newMemory()
  let firstSum: number | undefined
  const { verdict, problem } = await lookUntil<Remote>(input, async (signal) => {
    const names = topics.map((topic) => remoteName(naming, from, topic))
    const [local, copies] = await Promise.all([
      source.describeTopics(topics, signal),
      target.describeTopics(names, signal),
    ])
    const counts = new Map(copies.map(({ topic, partitions }) => [topic, partitions]))
    const wanted = new Map(local.map(({ topic, partitions }) => [topic, partitions]))
    const missing = topics.flatMap((topic) => {
      const name = remoteName(naming, from, topic)
      const count = counts.get(name) ?? 0
      // A topic that is gone on the source has no number to compare with: its copy is not verified.
      return count > 0 && count >= (wanted.get(topic) ?? Infinity) ? [] : [name]
    })
    const certificate = await takeCertificate(deps, { ...input, fencedEnds: null }, signal, memory)
    const sum = mirroredSum(certificate)
    firstSum ??= sum
    const moves = sum > firstSum
    const verified = missing.length === 0 && (certificate.complete || moves)
    const detail = verified
      ? `${names.length} remote topics on ${to}, ${certificate.complete ? 'everything mirrored' : `${certificate.totalLag} records behind and moving`}`
      : missing.length > 0
        ? `${names.length - missing.length} of ${names.length} remote topics are on ${to} with all partitions`
        : `${linkName(input)} is ${certificate.totalLag} records behind and has not moved${certificate.obstacles.map((text) => `; ${text}`).join('')}`
    return {
      verdict: { verified, detail, missing },
      done: verified,
      live: { missing: missing.length, lag: certificate.totalLag },
      outstanding: new Map([[linkName(input), `${missing.length}/${sum}/${copiedSum(certificate)}`]]),
    }
  })
  if (verdict !== undefined && problem === null) return verdict
  return { verified: false, detail: problem ?? 'there was no check', missing: verdict?.missing ?? [] }
}
