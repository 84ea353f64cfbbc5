import type { AclEntry } from '../../../src/contract/dossier.ts'
import type { GroupOffsets } from '../../../src/contract/evidence.ts'
import type { GroupState } from '../../../src/ports/cluster.ts'
import { unreachable } from '../../../src/ports/failures.ts'
import { MemoryCluster } from '../../../test/activities/memory-ports.ts'
import type { MemoryApp } from './memory-app.ts'
import { GROUP, TOPIC } from './names.ts'

/** A cluster whose answers follow from what runs on it and from its ACLs; calls are not kept. */
export class RegionCluster extends MemoryCluster {
  readonly #apps: MemoryApp[]
  /** Somebody writes who is none of the applications. */
  restless = false
  /** So many records of each partition the consumer has not read. */
  unread = 0
  /** ACLs cannot be changed now. */
  refusing = false

  constructor(alias: string, apps: MemoryApp[]) {
    super(alias, [])
    this.#apps = apps
  }

  #consumer(): MemoryApp | undefined {
    return this.#apps.find(({ name, at }) => name === GROUP && at?.cluster === this.alias)
  }

  override ends(topics: string[]) {
    this.calls.length = 0
    const writes = this.restless || this.#apps.some(({ name, at }) => name !== GROUP && at?.cluster === this.alias)
    const local = this.topics.get(TOPIC)
    if (writes && local !== undefined)
      for (const row of local.partitions) {
        row[2] += 1
        row[3] += 1
      }
    return super.ends(topics)
  }

  /** A consumer that runs has read everything. */
  override async groupOffsets(groups: string[], topics?: string[]) {
    const consumer = this.#consumer()
    if (consumer !== undefined) this.committed = [this.#everything(consumer.at?.topics ?? [])]
    return super.groupOffsets(groups, topics)
  }

  override async groupStates(groups: string[]) {
    const state = this.#consumer() === undefined ? 'empty' : 'active'
    return groups.map((group): GroupState => ({
      group,
      state,
      protocol: 'classic',
      members: state === 'empty' ? [] : ['m'],
    }))
  }

  override async createAcls(acls: AclEntry[]) {
    if (this.refusing) throw unreachable(`No broker of ${this.alias} answers.`)
    return super.createAcls(acls)
  }

  override async deleteAcls(acls: AclEntry[]) {
    const gone = new Set(acls.map((acl) => JSON.stringify(acl)))
    this.entries = this.entries.filter((entry) => !gone.has(JSON.stringify(entry)))
  }

  override async access(principal: string, operation: 'Write' | 'Read', topics: string[]) {
    const denies = (topic: string) =>
      this.entries.some(
        (entry) =>
          entry.permission === 'deny' &&
          entry.principal === principal &&
          entry.operation.toLowerCase() === operation.toLowerCase() &&
          entry.name === topic,
      )
    return {
      evidence: 'asked-as-principal' as const,
      allowed: topics.filter((topic) => !denies(topic)),
      denied: topics.filter(denies),
      leaders: topics.map((topic): [string, number, number] => [topic, 0, this.leader]),
    }
  }

  #everything(topics: string[]): GroupOffsets {
    return {
      group: GROUP,
      topics: topics.map((topic) => ({
        topic,
        offsets: (this.topics.get(topic)?.partitions ?? []).map(([partition, , end]): [number, number] => [
          partition,
          end - this.unread,
        ]),
      })),
    }
  }
}
