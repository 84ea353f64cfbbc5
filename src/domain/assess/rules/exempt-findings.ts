import type { Finding } from '../../../contract/evidence.ts'
import type { Expectations, Plan } from '../../../contract/plan.ts'
import { type ExemptProducer, exemptProducers } from '../../fence/exempt-producers.ts'
import { listed } from '../../text/listed.ts'
import { finding } from '../finding.ts'
import type { World, WritersLook } from '../world.ts'

/** Producers of a move that the fence would not stop, as far as it can be known before they are stopped. */
export function exemptOf(
  plan: Plan,
  { applications }: Pick<World, 'applications'>,
  writers: WritersLook | null,
  at: string,
): ExemptProducer[] {
  if (writers === null || !writers.acls.ok) return []
  const runs = new Set(
    applications.flatMap(({ name, state, cluster }) => (state === 'running' && cluster === plan.source ? [name] : [])),
  )
  return exemptProducers({
    acls: writers.acls.value,
    open: writers.open,
    producers: writers.producers.ok ? writers.producers.value : [],
    asked: writers.asked,
    applications: plan.applications.flatMap(({ kind, name, principal, topics }) =>
      kind === 'producer' && principal !== undefined ? [{ name, principal, topics, runs: runs.has(name) }] : [],
    ),
    now: Date.parse(at),
  })
}

export function exemptFindings({ source }: Plan, exempt: readonly ExemptProducer[]): Finding[] {
  return exempt.map((one) => finding('warning', 'producer-exempt', exemptText(source, one)))
}

/** What an approval is bound to. */
export function exemptExpectation(exempt: readonly ExemptProducer[]): Pick<Expectations, 'exempt'> {
  return exempt.length === 0 ? {} : { exempt: exempt.map(({ principal, topics }) => ({ principal, topics })) }
}

function exemptText(source: string, { principal, names, topics, evidence }: ExemptProducer): string {
  const seen =
    evidence === 'broker'
      ? `${principal} is a super user of ${source}, or has rights there that are in no ACL: the brokers let it do with ${listed(topics)} what no ACL allows`
      : `${principal} is probably a super user of ${source}, or has rights there that are in no ACL: ${listed(names)} runs there and ${listed(topics)} is written, although no ACL lets anybody write it`
  return `${seen}. No DENY stops such a principal, and so the fence does not: whoever starts ${listed(names)} on ${source} again writes what is stranded. Take it out of super.users on ${source} and give it ACLs for its topics; or make sure that it cannot be started there until the failback.`
}
