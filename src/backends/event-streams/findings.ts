import { z } from 'zod'
import type { Finding } from '../../contract/evidence.ts'
import { partsOf } from './crn.ts'
import { shaped } from '../../adapters/ibm/shaped.ts'
import type { Instance } from './instance.ts'
import type { EventStreamsLink } from './link.ts'

/**
 * What a plan's id, or its name, tells about mirroring: `ibm.message.hub.enterprise.3nodes.2tb` is one that has it,
 * `enterprise-gen2` has none yet. An id that is a UUID tells nothing.
 */
export function planMirrors(plan: string): 'yes' | 'no' | 'gen2' | 'unknown' {
  if (/gen-?2/i.test(plan)) return 'gen2'
  if (/enterprise/i.test(plan)) return 'yes'
  return /\b(lite|standard)\b/i.test(plan) ? 'no' : 'unknown'
}

const policies = z.object({
  policies: z
    .array(
      z.object({
        state: z.string().nullish(),
        subjects: z.array(z.object({ attributes: z.array(attribute()).nullish() })).nullish(),
        resources: z.array(z.object({ attributes: z.array(attribute()).nullish() })).nullish(),
      }),
    )
    .nullish(),
})

function attribute() {
  return z.object({ name: z.string(), value: z.string() })
}

/**
 * What the service needs for a mirroring in this direction. Each look is its own: one that cannot be made is a warning, since
 * the source's region may be dark and the service id may not be allowed to read policies.
 */
export async function serviceFindings(es: EventStreamsLink, signal?: AbortSignal): Promise<Finding[]> {
  const target = await attempt(() => es.instances.read(es.link.to, es.target, signal))
  const source = await attempt(() => es.instances.read(es.link.from, es.source, signal))
  const status = await attempt(() => es.admin.status(signal))
  const authorized = await attempt(() => isAuthorized(es, signal))
  return [
    ...(target.ok
      ? instanceFindings(es, target.value)
      : [unseen(`The instance of ${es.link.to} could not be checked: ${target.problem}`)]),
    ...(source.ok && target.ok ? capacityFindings(es, source.value, target.value) : []),
    ...(source.ok ? [] : [unseen(`The instance of ${es.link.from} could not be checked: ${source.problem}`)]),
    ...(status.ok
      ? statusFindings(es, status.value)
      : [unseen(`The status of ${es.link.to} could not be read: ${status.problem}`)]),
    ...(authorized.ok
      ? authorizationFindings(es, authorized.value)
      : [unseen(`Authorization policies for ${es.label} could not be read: ${authorized.problem}`)]),
  ]
}

function instanceFindings({ link, label }: EventStreamsLink, { locked, plan, state }: Instance): Finding[] {
  return [
    ...(locked
      ? [
          blocking(
            'instance-locked',
            `The instance of ${link.to} is locked: ${label} can be neither enabled nor disabled. Unlock it.`,
          ),
        ]
      : []),
    ...(state === 'active'
      ? []
      : [blocking('instance-not-active', `The instance of ${link.to} is ${state}, not active. Fix it first.`)]),
    ...planFindings(link.to, plan),
  ]
}

function planFindings(alias: string, plan: string | null): Finding[] {
  const mirrors = plan === null ? 'yes' : planMirrors(plan)
  if (mirrors === 'yes' || (mirrors === 'unknown' && /^[0-9a-f-]{36}$/.test(plan ?? ''))) return []
  const has = `The instance of ${alias} has the plan ${plan}`
  if (mirrors === 'unknown')
    return [unseen(`${has}: it is not known whether that is an Enterprise plan, which mirroring needs.`)]
  return [
    blocking(
      'plan-not-enterprise',
      mirrors === 'gen2'
        ? `${has}: Enterprise Gen 2 has no mirroring yet. Mirroring needs an Enterprise plan of the first generation.`
        : `${has}: mirroring needs an Enterprise plan.`,
    ),
  ]
}

function capacityFindings({ link, label }: EventStreamsLink, source: Instance, target: Instance): Finding[] {
  const differ = (['throughput', 'storage'] as const).filter(
    (key) => source[key] !== null && target[key] !== null && source[key] !== target[key],
  )
  return differ.map((key) =>
    blocking(
      'capacity-differs',
      `${label} needs the same ${key} on both sides, and ${link.from} has ${source[key]}, ${link.to} ${target[key]}. Scale one of them.`,
    ),
  )
}

function statusFindings({ link }: EventStreamsLink, status: string): Finding[] {
  return status === 'available'
    ? []
    : [blocking('status-not-available', `The cluster of ${link.to} is ${status}, not available, by its own word.`)]
}

function authorizationFindings({ link, label, source, target }: EventStreamsLink, authorized: boolean): Finding[] {
  if (authorized) return []
  const command = `ibmcloud iam authorization-policy-create messagehub messagehub Reader --source-service-instance-id ${partsOf(target.crn).guid} --target-service-instance-id ${partsOf(source.crn).guid}`
  return [
    blocking(
      'authorization-missing',
      `${label} needs an authorization policy by which the instance of ${link.to} may read that of ${link.from}, and none was found in its account: ${command}`,
    ),
  ]
}

/** In IAM's words the mirroring's target is the subject. A policy without an instance holds for all of them. */
async function isAuthorized(
  { account, source, target, label }: EventStreamsLink,
  signal?: AbortSignal,
): Promise<boolean> {
  const [from, to] = [partsOf(source.crn), partsOf(target.crn)]
  const what = `IAM was asked for the policies ${label} needs`
  const { result } = await account(what, signal, ({ policies: iam }) =>
    iam.listPolicies({ accountId: from.account, type: 'authorization' }),
  )
  const found = shaped(what, policies, result).policies ?? []
  return found.some(
    ({ state, subjects, resources }) =>
      (state ?? 'active') === 'active' && speaksOf(subjects, to.guid) && speaksOf(resources, from.guid),
  )
}

function speaksOf(
  sides: { attributes?: { name: string; value: string }[] | null | undefined }[] | null | undefined,
  guid: string,
): boolean {
  return (sides ?? []).some(({ attributes }) => {
    const value = (name: string) => attributes?.find((one) => one.name === name)?.value
    return value('serviceName') === 'messagehub' && [undefined, guid].includes(value('serviceInstance'))
  })
}

async function attempt<T>(look: () => Promise<T>): Promise<{ ok: true; value: T } | { ok: false; problem: string }> {
  try {
    return { ok: true, value: await look() }
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) }
  }
}

function blocking(code: string, text: string): Finding {
  return { severity: 'blocking', code, text }
}

function unseen(text: string): Finding {
  return { severity: 'warning', code: 'service-not-seen', text }
}
