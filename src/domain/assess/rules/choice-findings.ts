import type { OpenChoice } from '../../../contract/choices.ts'
import type { Finding } from '../../../contract/evidence.ts'
import type { Plan } from '../../../contract/plan.ts'
import { undecided } from '../../choices/decide.ts'
import { countText, foundText, madeText, sameChoice } from '../../choices/text.ts'
import { linkName } from '../../names/link-name.ts'
import { listed } from '../../text/listed.ts'
import { finding, whenAny } from '../finding.ts'
import type { World } from '../world.ts'
import type { ChoicesLook } from '../world.ts'

/** What a person has to decide, said in a dry run as well; and, once decided, what was. */
export function choiceFindings(plan: Plan, found: OpenChoice[]): Finding[] {
  const open = undecided(found, plan.choices)
  const code = ({ about }: OpenChoice) => (about === 'early' ? 'target-topic-not-empty' : 'group-without-commit')
  return [
    ...open.map((one) =>
      finding('warning', code(one), `${foundText(one, plan)} The run asks what is to be done before its approval.`),
    ),
    ...(plan.choices ?? [])
      .filter((made) => !open.some((one) => sameChoice(one, made)))
      .map((made) => finding('warning', code(made), madeText(made, plan))),
  ]
}

/** Who has something to read on the source and nobody that reads it: a drain ends only when somebody starts its consumers. */
export function idleReaders(plan: Plan, idle: ChoicesLook['idle']): Finding[] {
  return whenAny(
    idle.map(({ group, topics }) => `${group} (${countText(topics)})`),
    (names) =>
      finding(
        'warning',
        'group-without-members',
        `Groups with records to read on ${plan.source} have no member there: ${listed(names)}. "drain-consumers" waits until their consumers have read them. Start the consumers, or answer "proceed" there: these groups then read records again on ${plan.target}, from where ${linkName(plan.link)} has translated their positions.`,
      ),
  )
}

/** They stay members after their consumers have stopped, until their session time-out is over. */
export function staticMembers({ source, target }: Pick<World, 'source' | 'target'>): Finding[] {
  return [source, target].flatMap((side) =>
    whenAny(
      side.groups
        .filter(({ instances = [] }) => instances.length > 0)
        .map(({ group, instances = [] }) => `${group} (${instances.slice(0, 3).join(', ')})`),
      (names) =>
        finding(
          'warning',
          'static-members',
          `Groups with static members (group.instance.id) on ${side.alias}: ${listed(names)}. After their consumers stop they count as members until session.timeout.ms is over, and "stop-consumers" and "place-groups" wait for that long.`,
        ),
    ),
  )
}
