import { controlNamed } from '../controls/chosen.ts'
import { closest } from './closest.ts'
import type { PairOutline } from './outline.ts'
import type { Fault } from './place.ts'

interface NamedPair {
  name: string
  pair: PairOutline
}

/** Applications fit their pair, and each name and each group has one owner. */
export function applicationFaults(pairs: NamedPair[]): Fault[] {
  const groups: { group: string; owner: string; clusters: (string | undefined)[] }[] = []
  return pairs.flatMap(({ name, pair }) =>
    pair.applications.flatMap((app, index) => {
      const path = ['pairs', name, 'applications', index]
      const faults: Fault[] = []
      const label = app.name ?? `application ${index}`
      if (app.name !== undefined && pair.applications.findIndex((other) => other.name === app.name) < index)
        faults.push({
          path: [...path, 'name'],
          message: `another application of this pair is called ${app.name}: choose another name`,
        })
      app.topics.forEach((topic, at) => {
        if (topic !== '' && pair.topics.length > 0 && !pair.topics.includes(topic))
          faults.push({ path: [...path, 'topics', at], message: foreignTopic(topic, pair.topics, name) })
      })
      if (app.group !== undefined) {
        const clusters = [pair.primary, pair.secondary]
        const first = groups.find(
          (known) =>
            known.group === app.group &&
            clusters.some((alias) => alias !== undefined && known.clusters.includes(alias)),
        )
        if (first)
          faults.push({
            path: [...path, 'group'],
            message: `the group ${app.group} belongs to ${first.owner}: a group is moved with one application, give this one its own`,
          })
        else groups.push({ group: app.group, owner: `${label} of ${name}`, clusters })
      }
      const { adapter, ...control } = app.control ?? {}
      const kind = adapter === undefined ? undefined : controlNamed(adapter)
      return [...faults, ...(kind?.faults(control, [...path, 'control']) ?? [])]
    }),
  )
}

/** What is wrong with a topic that is none of its pair's. */
export function foreignTopic(topic: string, topics: string[], pair: string): string {
  const meant = closest(topic, topics)
  const next = meant === undefined ? `add it to the topics of ${pair}, or take it out here` : `did you mean "${meant}"?`
  return `${topic} is not one of the pair's topics (${topics.join(', ')}): ${next}`
}
