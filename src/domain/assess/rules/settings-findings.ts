import type { Finding } from '../../../contract/evidence.ts'
import type { Plan } from '../../../contract/plan.ts'
import { comparedSettings, settingDifferences } from '../parity.ts'
import { listed } from '../../text/listed.ts'
import { finding, whenAny } from '../finding.ts'
import type { SideLook } from '../world.ts'

/** Are the local topics on the target what they are on the source? Told before the point of no return. */
export function settingsFindings(plan: Plan, source: SideLook, target: SideLook): Finding[] {
  return [...different(source, target), ...tooFewReplicas(plan, target), ...unknown(source), ...unknown(target)]
}

/** One finding a setting: a thousand topics differ in the same way. */
function different(source: SideLook, target: SideLook): Finding[] {
  if (!source.settings.ok || !target.settings.ok) return []
  const differences = settingDifferences(source.settings.value, target.settings.value)
  return comparedSettings.flatMap((setting) => {
    const those = differences.filter((difference) => difference.setting === setting)
    const means = [...new Set(those.map((difference) => difference.means))].join(', or ')
    return whenAny(
      those.map((one) => `${one.topic} (${source.alias}: ${one.source}, ${target.alias}: ${one.target})`),
      (names) =>
        finding(
          'warning',
          'settings-differ',
          `${setting} differs: ${listed(names)}: ${means}. Make it equal, or accept it with the approval.`,
        ),
    )
  })
}

/** Producers with acks=all would be refused after the point of no return. */
function tooFewReplicas(plan: Plan, { alias, topics, settings }: SideLook): Finding[] {
  if (!settings.ok) return []
  const needed = new Map(settings.value.map(({ topic, settings: set }) => [topic, Number(set['min.insync.replicas'])]))
  const short = topics.filter(
    ({ topic, replicas }) =>
      plan.topics.includes(topic) && replicas !== undefined && replicas < (needed.get(topic) ?? 0),
  )
  return whenAny(
    short.map(({ topic, replicas }) => `${topic} (${replicas} of ${needed.get(topic)})`),
    (names) =>
      finding(
        'blocking',
        'too-few-replicas',
        `Fewer replicas on ${alias} than min.insync.replicas asks for: ${listed(names)}. No write with acks=all would succeed there. Add replicas, or lower it.`,
      ),
  )
}

function unknown({ alias, settings }: SideLook): Finding[] {
  if (settings.ok) return []
  return [
    finding(
      'warning',
      'settings-unknown',
      `Whether the topics are set alike could not be found out on ${alias}: ${settings.problem}`,
    ),
  ]
}
