import type { PartitionEnds } from '../../../src/contract/evidence.ts'
import type { Ticket, TicketDeskPort } from '../../../src/ports/tickets.ts'
import { MemoryApp } from './memory-app.ts'
import { RegionCluster } from './memory-cluster.ts'
import { assignedAll, RegionLink } from './memory-link.ts'
import { GROUP, PARTITIONS, RECORDS, TOPIC } from './names.ts'

/** A desk that takes a ticket and leaves it. */
class MemoryDesk implements TicketDeskPort {
  readonly adapter = 'webhook'
  #opened: Ticket | null = null

  async find() {
    return this.#opened
  }

  async open() {
    this.#opened ??= { id: 'T-1', state: 'open' }
    return this.#opened
  }

  async state(id: string): Promise<Ticket> {
    return { id, state: 'open' }
  }

  async comment() {}
}

/** One pair: two clusters, a link each way, a producer and a consumer that answer at once. */
export class MemoryPair {
  readonly source: RegionCluster
  readonly target: RegionCluster
  readonly link: RegionLink
  readonly back: RegionLink
  readonly apps: MemoryApp[]
  readonly desk = new MemoryDesk()

  constructor(index: number) {
    const [a, b] = [`A${index}`, `B${index}`]
    this.apps = [new MemoryApp('invoicing', a), new MemoryApp(GROUP, a)]
    const rows = (end: number) =>
      Array.from({ length: PARTITIONS }, (_, partition): PartitionEnds => [partition, 0, end, end])
    this.source = new RegionCluster(a, this.apps).withTopic(TOPIC, rows(RECORDS))
    this.target = new RegionCluster(b, this.apps).withTopic(TOPIC, rows(0)).withTopic(`${TOPIC}.${a}`, rows(RECORDS))
    this.link = new RegionLink(this.source, this.target)
    this.back = new RegionLink(this.target, this.source)
    this.link.description = { ...this.link.description, assigned: [assignedAll] }
    this.back.description = {
      ...this.back.description,
      state: 'absent',
      selection: null,
      assigned: [],
      runningTasks: 0,
    }
  }
}
