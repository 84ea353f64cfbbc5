import type { GroupOffsets } from '../../../src/contract/evidence.ts'
import type { GroupState } from '../../../src/ports/cluster.ts'

interface Group {
  members: Set<string>
  /** By topic and partition. */
  committed: Map<string, Map<number, number>>
  /** Beside a commit: what a copy notes there. */
  notes: Map<string, string>
}

/** Groups of a cluster: who is in them, and where they go on. */
export class ConsumerGroups {
  readonly #groups = new Map<string, Group>()

  #group(name: string): Group {
    const group = this.#groups.get(name) ?? { members: new Set(), committed: new Map(), notes: new Map() }
    this.#groups.set(name, group)
    return group
  }

  get names(): string[] {
    return [...this.#groups.keys()]
  }

  join(name: string, member: string): void {
    this.#group(name).members.add(member)
  }

  leave(name: string, member: string): void {
    this.#groups.get(name)?.members.delete(member)
  }

  isActive(name: string): boolean {
    return (this.#groups.get(name)?.members.size ?? 0) > 0
  }

  state(name: string): GroupState {
    const group = this.#groups.get(name)
    if (group === undefined) return { group: name, state: 'absent', protocol: 'unknown', members: [] }
    const members = [...group.members]
    return { group: name, state: members.length > 0 ? 'active' : 'empty', protocol: 'classic', members }
  }

  commit(name: string, topic: string, partition: number, offset: number, note?: string): void {
    const group = this.#group(name)
    const offsets = group.committed.get(topic) ?? new Map<number, number>()
    group.committed.set(topic, offsets.set(partition, offset))
    if (note !== undefined) group.notes.set(`${topic}/${partition}`, note)
  }

  committed(name: string, topic: string, partition: number): number | undefined {
    return this.#groups.get(name)?.committed.get(topic)?.get(partition)
  }

  note(name: string, topic: string, partition: number): string | undefined {
    return this.#groups.get(name)?.notes.get(`${topic}/${partition}`)
  }

  offsets(name: string, topics?: readonly string[]): GroupOffsets {
    const committed = [...(this.#groups.get(name)?.committed ?? [])]
    return {
      group: name,
      topics: committed
        .filter(([topic]) => topics === undefined || topics.includes(topic))
        .map(([topic, offsets]) => ({ topic, offsets: [...offsets].sort(([a], [b]) => a - b) })),
    }
  }

  /** What is committed for a topic goes with it. */
  forget(topic: string): void {
    for (const { committed, notes } of this.#groups.values()) {
      committed.delete(topic)
      for (const place of notes.keys()) if (place.startsWith(`${topic}/`)) notes.delete(place)
    }
  }

  delete(name: string): void {
    this.#groups.delete(name)
  }
}
