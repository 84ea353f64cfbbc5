import type { Finding } from '../../../contract/evidence.ts'
import type { Expectations, Plan } from '../../../contract/plan.ts'
import { listed } from '../../text/listed.ts'
import type { Attempt } from '../world.ts'
import { finding, unlessForced, whenAny } from '../finding.ts'
import type { FenceLook } from '../world.ts'

/** What the fence would change for others, before anything is stopped. */
export function fenceFindings(plan: Plan, look: Attempt<FenceLook> | null): Finding[] {
  if (look === null) return []
  if (!look.ok)
    return [
      finding('warning', 'fence-unknown', `What the fence would change for others could not be seen: ${look.problem}`),
    ]
  const { cluster, fences } = look.value
  const refused = [...new Set(fences.flatMap((fence) => fence.refused))]
  const open = [...new Set(fences.flatMap((fence) => fence.open))]
  return [
    ...refused.map((text) =>
      finding(unlessForced(plan), 'fence-harms', `No fence can be added on ${cluster}: ${text}`),
    ),
    ...whenAny(refused.length > 0 ? [] : open, (names) =>
      finding(
        'info',
        'fence-open',
        `${cluster} admits everybody to topics without ACLs, such as ${listed(names)}. The fence adds an ALLOW for everybody (User:*) beside its DENY, so that only the applications are refused; both are removed together.`,
      ),
    ),
    ...hitFindings(plan, look.value),
  ]
}

/** Blocking where somebody writes there: the run would stop an application that has nothing to do with the pair. */
function hitFindings(plan: Plan, look: FenceLook): Finding[] {
  const { cluster, producers } = look
  const hits = deniedOthers(look)
  // What does not exist is in no answer, and is written by nobody.
  const writers = (topic: string) => (producers.has(topic) ? producers.get(topic) : 0)
  const text = (of: typeof hits) => listed(of.map(({ topic, principals }) => `${topic} (${principals.join(', ')})`))
  const live = hits.filter(({ topic }) => (writers(topic) ?? 0) > 0)
  const quiet = hits.filter(({ topic }) => writers(topic) === 0)
  const unseen = hits.filter(({ topic }) => writers(topic) === null)
  const also = `The fence on ${cluster} is a prefix, because the link copies ACLs, and also denies topics of others`
  const wayOut = 'Set sync.topic.acls.enabled=false on the source connector'
  return [
    ...(live.length === 0
      ? []
      : [
          finding(
            unlessForced(plan),
            'fence-hits-writer',
            `${also} that somebody writes: ${text(live)}. ${wayOut}: the fence is then of the pair's topics only.`,
          ),
        ]),
    ...[
      { of: quiet, seen: 'No producer with an id has written there lately.' },
      { of: unseen, seen: 'Whether somebody writes there could not be seen.' },
    ].flatMap(({ of, seen }) =>
      of.length === 0
        ? []
        : [finding('warning', 'fence-hits', `${also}: ${text(of)}. ${seen} ${wayOut} to spare them.`)],
    ),
  ]
}

/** What an approval is bound to beside the pair's own topics: others that the fence denies, and topics it opens to everybody. */
export function fenceExpectation(look: Attempt<FenceLook> | null): Pick<Expectations, 'fence'> {
  if (look === null || !look.ok) return {}
  const denies = deniedOthers(look.value)
  const admits = [...new Set(look.value.fences.flatMap((fence) => fence.open))].sort()
  return denies.length === 0 && admits.length === 0 ? {} : { fence: { denies, admits } }
}

/** Topics of others, each with the principals that it would be denied to. */
function deniedOthers({ fences }: FenceLook): { topic: string; principals: string[] }[] {
  const found = new Map<string, Set<string>>()
  for (const { hits, acls } of fences)
    for (const { topic, by } of hits) {
      const denied = acls.filter(({ name, permission }) => name === by && permission === 'deny')
      const known = found.get(topic) ?? new Set()
      for (const { principal } of denied) known.add(principal)
      found.set(topic, known)
    }
  return [...found].map(([topic, principals]) => ({ topic, principals: [...principals].sort() })).sort(byTopic)
}

function byTopic(a: { topic: string }, b: { topic: string }): number {
  return a.topic < b.topic ? -1 : 1
}
