import { setTimeout as sleep } from 'node:timers/promises'
import { pairQueries } from '../../../src/contract/definitions.ts'
import { pairWorkflowId } from '../../../src/contract/names.ts'
import type { PairStatus } from '../../../src/contract/pair-messages.ts'
import type { World } from '../../workflows/world.ts'
import type { Gate } from './gate.ts'
import type { ManyPairs } from './many-pairs.ts'
import { Players } from './players.ts'
import type { Runbook } from './runbooks.ts'

/** The pair does by itself what it owes within so long of the light, ms. */
const settleMs = 3_000

/** One pair at its place in the story, and the people around it. */
export class Seat {
  readonly pairs: ManyPairs
  readonly pair: string
  readonly runbook: Runbook
  readonly world: World
  readonly players: Players
  #runs = 0

  constructor(pairs: ManyPairs, pair: string, runbook: Runbook, world: World) {
    this.pairs = pairs
    this.pair = pair
    this.runbook = runbook
    this.world = world
    this.players = new Players(world)
  }

  get client() {
    return this.pairs.env.client
  }

  get pairHandle() {
    return this.client.workflow.getHandle(pairWorkflowId(this.pair))
  }

  async begin(state: object): Promise<void> {
    await this.client.workflow.start('pair', {
      workflowId: pairWorkflowId(this.pair),
      taskQueue: this.pairs.queue,
      args: [{ pair: this.pair, primary: 'A', secondary: 'B', state }],
    })
  }

  start(extra: object, gate?: Gate) {
    this.#runs += 1
    const { operation, input } = this.runbook
    const workflowId = `${operation}/${this.pair}/${this.#runs}`
    if (gate) this.pairs.hold(workflowId, gate)
    return this.client.workflow.start(operation, {
      workflowId,
      taskQueue: this.pairs.queue,
      args: [{ pair: this.pair, reason: 'a test', requestedBy: 'test', approvedBy: 'owner', ...input, ...extra }],
    })
  }

  async carried(extra: object): Promise<void> {
    const ended = await this.players.carry(await this.start(extra))
    if (ended.state !== 'succeeded') {
      throw new Error(`${this.runbook.name} ${ended.state}: ${ended.failure} ${this.players.puzzled.join('; ')}`)
    }
  }

  /** A dark cluster answers again, and the pair does what it owes. */
  async daylight(): Promise<void> {
    if (!this.world.dark.delete('A')) return
    const deadline = Date.now() + settleMs * 10
    while ((await this.status()).obligations.length > 0 && Date.now() < deadline) await sleep(settleMs / 10)
    await sleep(settleMs)
  }

  status(): Promise<PairStatus> {
    return this.pairHandle.query(pairQueries.status)
  }

  actsSoFar(): string[] {
    const told = this.world.acts.map((act) => act.replaceAll(this.pair, 'PAIR'))
    // A copy is asked how far it is by the act itself: the same again copies nothing.
    return told.filter((act, n) => !/^(copy|begin) /.test(act) || told.indexOf(act) === n)
  }

  async endState(): Promise<object> {
    const { active, standby, lease, episode, obligations, protectedBy, unprotectedSince } = await this.status()
    return {
      pair: { active, standby, lease, episode, protectedBy, isUnprotected: unprotectedSince !== null },
      obligations: obligations.map(({ id }) => id),
      ...this.worldState(),
    }
  }

  worldState(): object {
    const { apps, acls, links, tickets, placed } = this.world
    const sorted = (acl: object) => JSON.stringify(acl)
    return {
      apps: [...apps.values()].map(({ name, state, cluster }) => `${name} ${state} ${cluster ?? ''}`),
      acls: [...acls].map(([cluster, entries]) => [cluster, entries.map(sorted).toSorted()]),
      links: [...links].map(([name, { state, selection }]) => `${name} ${state} ${selection}`),
      tickets: tickets.size,
      placed: [...placed],
    }
  }

  async leave(): Promise<void> {
    await this.pairHandle.terminate('over').catch(() => undefined)
    this.world.over = true
  }
}
