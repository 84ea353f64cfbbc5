import type { AclEntry, Dossier, MoveRecord } from '../../src/contract/dossier.ts'
import type { GroupOffsets, OpenTransaction, PartitionEnds, TopicEnds } from '../../src/contract/evidence.ts'
import type { PairStatus } from '../../src/contract/pair-messages.ts'
import type { Naming, Plan } from '../../src/contract/plan.ts'
import { newDossier, openEpisode } from '../../src/domain/dossier/dossier.ts'
import { stepsOf } from '../../src/domain/plan/plan.ts'

/** Values for domain tests: valid as they are, changed where a test is about it. */

export const naming: Naming = { kind: 'suffix', separator: '.', aliases: ['A', 'B', 'C'] }

export const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString()

/** A pair in no episode, mirrored from A to B. */
export function aStatus(change: Partial<PairStatus> = {}): PairStatus {
  return {
    version: 1,
    pair: 'accounting',
    active: 'A',
    standby: 'B',
    lease: null,
    episode: null,
    obligations: [],
    alerts: [],
    unprotectedSince: null,
    protectedBy: { from: 'A', to: 'B' },
    lag: { at: at(100), records: 7, sourceReachable: true, linkReachable: true },
    dossierEntries: 0,
    ...change,
  }
}

export function aPlan(change: Partial<Plan>): Plan {
  return {
    version: 1,
    operation: 'failover',
    pair: 'accounting',
    mode: 'planned',
    source: 'A',
    target: 'B',
    link: { from: 'A', to: 'B' },
    order: 'lag-first',
    ordering: 'strict',
    naming,
    topics: ['t'],
    groups: ['billing'],
    applications: [],
    fenceReads: false,
    steps: stepsOf('failover', 'lag-first'),
    timing: {
      stability: 1,
      poll: 1,
      stepBudget: 1,
      stall: 1,
      forcedTry: 1,
      ticketReminder: 1,
      ticketEscalation: 1,
    },
    ...change,
  }
}

export function aDossier(change: Partial<Dossier> = {}): Dossier {
  return {
    ...openEpisode(newDossier({ pair: 'accounting', primary: 'A', secondary: 'B', at: at(0) }), at(1)),
    ...change,
  }
}

export function aMove(change: Partial<MoveRecord>): MoveRecord {
  return {
    episode: 1,
    operation: 'failover',
    from: 'A',
    to: 'B',
    mode: 'planned',
    at: at(10),
    drainedGroups: [],
    ...change,
  }
}

/** As a fence adds it. */
export function aDeny(name: string): AclEntry {
  return {
    resource: 'topic',
    name,
    pattern: 'literal',
    principal: 'User:entry',
    host: '*',
    operation: 'Write',
    permission: 'deny',
  }
}

export function ends(topic: string, partitions: PartitionEnds[], topicId = `id-${topic}`): TopicEnds {
  return { topic, topicId, partitions }
}

/** Held by a producer whose coordinator answers. */
export function anOpenTransaction(change: Partial<OpenTransaction> = {}): OpenTransaction {
  return {
    transactionalId: 'app-1',
    producerId: '7',
    state: 'Ongoing',
    since: at(0),
    ageSeconds: 12,
    timeoutSeconds: 60,
    hanging: false,
    partitions: [['t', 0, 8]],
    partitionCount: 1,
    ...change,
  }
}

export function commits(group: string, topic: string, offsets: [number, number][]): GroupOffsets {
  return { group, topics: [{ topic, offsets }] }
}

export function anAcl(change: Partial<AclEntry>): AclEntry {
  return {
    resource: 'topic',
    name: 't',
    pattern: 'literal',
    principal: 'User:app',
    host: '*',
    operation: 'Write',
    permission: 'deny',
    ...change,
  }
}
