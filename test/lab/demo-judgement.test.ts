import { expect, test } from 'vitest'
import type { OffsetPlan } from '../../src/contract/offset-plan.ts'
import type { Settlement } from '../../src/contract/dossier.ts'
import type { LossLedger } from '../../src/contract/evidence.ts'
import type { PlanAnswer } from '../../src/contract/plan.ts'
import type { TopicVerdict } from '../../lab/verdict.ts'
import { announced, type RunAnnouncement } from '../../scripts/demo/announced.ts'
import { problems, topicOutcomes, type Judged } from '../../scripts/demo/judgement.ts'
import { summaryText } from '../../scripts/demo/summary.ts'

const scope = { topics: ['invoices', 'invoices.paid'], aliases: ['A', 'B'] }

function offsetPlan(rows: [topic: string, partition: number, duplicates: number][]): OffsetPlan {
  const full = rows.map(
    ([topic, partition, duplicates]) =>
      [topic, partition, 10, 10, -1, duplicates, 'test'] as OffsetPlan['groups'][0]['rows'][0],
  )
  return { groups: [{ group: 'billing', rows: full, duplicates: 0 }], obstacles: [] }
}

function run(
  operation: RunAnnouncement['operation'],
  plan: OffsetPlan | null,
  orderBreaks: string[] = [],
  mode: 'planned' | 'forced' = 'planned',
): RunAnnouncement {
  const breaks = orderBreaks.map((reason) => ({ group: 'billing', reason }))
  const answer = {
    plan: { mode },
    expectations: { lossRecords: 0, duplicates: [], orderBreaks: breaks },
  } as unknown as PlanAnswer
  return { operation, plan: answer, offsetPlan: plan }
}

function ledger(kind: LossLedger['kind'], rows: LossLedger['topics'][0]['rows'], cluster: string = 'A'): LossLedger {
  return { kind, cluster, takenAt: '', sampleAgeSeconds: null, records: 0, topics: [{ topic: 'invoices', rows }] }
}

function verdict(changes: Partial<TopicVerdict> = {}): TopicVerdict {
  return {
    topic: 'invoices',
    sent: 100,
    received: 100,
    lost: 0,
    stranded: 0,
    duplicated: 0,
    duplicatesDeclared: 0,
    duplicatesOfSender: 0,
    outOfOrder: 0,
    outOfOrderDeclared: 0,
    ...changes,
  }
}

const succeeded = ['failover', 'reset', 'failback'].map((operation) => ({ operation, state: 'succeeded' }))
const nothing = announced({ runs: [], dossier: null, ...scope })

function judge(changes: Partial<TopicVerdict>, given: Partial<Judged> & { said?: typeof nothing } = {}): string[] {
  const topics = topicOutcomes([verdict(changes)], given.said ?? nothing)
  return problems({ operations: succeeded, topics, ordering: 'strict', settled: given.said?.settled ?? null, ...given })
}

test('declared duplicates are summed over all moves, copies counted for their local topic', () => {
  const said = announced({
    runs: [
      run(
        'failover',
        offsetPlan([
          ['invoices.A', 0, 3],
          ['invoices', 0, 1],
          ['invoices.paid.A', 1, 7],
        ]),
      ),
      run('reset', null),
      run(
        'failback',
        offsetPlan([
          ['invoices', 0, 2],
          ['strange', 0, 99],
        ]),
      ),
    ],
    dossier: null,
    ...scope,
  })
  expect(Object.fromEntries(said.duplicates)).toEqual({ invoices: 6, 'invoices.paid': 7 })
})

test("an exact ledger takes the place of the cluster's estimate, whose ranges have no end", () => {
  const dossier = {
    ledgers: [ledger('estimate', [[0, 40, null, 5]]), ledger('exact', [[0, 42, 47, 5]])],
    settlements: [],
  }
  expect(announced({ runs: [], dossier, ...scope }).ledger).toEqual([
    { cluster: 'A', topic: 'invoices', partition: 0, from: 42, to: 47 },
  ])
  const dark = { ledgers: [ledger('estimate', [[0, 40, null, 5]])], settlements: [] }
  expect(announced({ runs: [], dossier: dark, ...scope }).ledger).toEqual([
    { cluster: 'A', topic: 'invoices', partition: 0, from: 40 },
  ])
})

test('an exact ledger without rows excuses nothing', () => {
  const dossier = { ledgers: [ledger('estimate', [[0, 40, null, 5]]), ledger('exact', [])], settlements: [] }
  expect(announced({ runs: [], dossier, ...scope }).ledger).toEqual([])
})

test('records that arrive once and in order are ok', () => {
  expect(judge({})).toEqual([])
})

test('a lost record is a fault', () => {
  expect(judge({ received: 99, lost: 1 })).toEqual(['invoices: 1 acknowledged records are lost and stand in no ledger'])
})

test('disorder is a fault under strict ordering, unless it was declared; under relaxed it is none', () => {
  expect(judge({ outOfOrder: 4 })).toHaveLength(1)
  expect(judge({ outOfOrder: 4 }, { ordering: 'relaxed' })).toEqual([])
  const said = announced({ runs: [run('failback', null, ['two episodes'])], dossier: null, ...scope })
  expect(judge({ outOfOrder: 4 }, { said })).toEqual([])
  expect(topicOutcomes([verdict({ outOfOrder: 4 })], said)[0]).toMatchObject({ outOfOrder: 0, outOfOrderDeclared: 4 })
})

test('disorder that a forced run declares is that of stranded records, and of no others', () => {
  const said = announced({ runs: [run('failover', null, ['5 may be stranded'], 'forced')], dossier: null, ...scope })
  expect(judge({ outOfOrder: 4 }, { said })).toHaveLength(1)
  expect(judge({ outOfOrderDeclared: 4 }, { said })).toEqual([])
})

test('duplicates are a fault beyond their estimate only', () => {
  const said = announced({ runs: [run('failover', offsetPlan([['invoices.A', 0, 3]]))], dossier: null, ...scope })
  expect(judge({ duplicated: 3 }, { said })).toEqual([])
  expect(judge({ duplicated: 4 }, { said })).toEqual([
    'invoices: 4 records were processed twice, at most 3 were declared',
  ])
})

test('stranded records that were to be kept or replayed must be read in the end, others need not', () => {
  const settled = (action: Settlement['action']) => {
    const settlement = { action, topics: [{ topic: 'invoices', rows: [[0, 7, 12, 5]] }] } as unknown as Settlement
    return announced({ runs: [], dossier: { ledgers: [], settlements: [settlement] }, ...scope })
  }
  expect(judge({ received: 95, stranded: 5 }, { said: settled('keep') })).toEqual([
    'invoices: 5 stranded records were to be kept and were never read',
  ])
  expect(judge({ received: 100, stranded: 5 }, { said: settled('keep') })).toEqual([])
  expect(judge({ received: 95, stranded: 5 }, { said: settled('discard') })).toEqual([])
  expect(judge({ received: 95, stranded: 5 }, { said: settled('quarantine') })).toEqual([])
  expect(judge({ received: 95, stranded: 5 }, { said: settled('replay') })).toEqual([
    'invoices: 5 stranded records were to be replayed and were never read',
  ])
  // Those that were read before the cluster died come again, and no others.
  expect(judge({ stranded: 5, duplicated: 5 }, { said: settled('replay') })).toEqual([])
  expect(judge({ stranded: 5, duplicated: 6 }, { said: settled('replay') })).toHaveLength(1)
  expect(judge({ stranded: 5, duplicated: 5 }, { said: settled('discard') })).toHaveLength(1)
})

test('an operation that did not succeed, or never ran, is a fault, and so is a topic without records', () => {
  const operations = [
    { operation: 'failover', state: 'succeeded' },
    { operation: 'reset', state: 'failed', failure: 'the lease is gone' },
  ]
  expect(judge({ sent: 0, received: 0 }, { operations })).toEqual([
    'reset ended as failed: the lease is gone',
    'failback was not carried out',
    'invoices: nothing was produced, so nothing is proven',
  ])
})

test('the last lines say ok, or not ok and why', () => {
  const summary = {
    ok: true,
    seconds: 99.6,
    operations: [],
    topics: topicOutcomes([verdict()], nothing),
    tickets: [],
    problems: [],
  }
  expect(summaryText(summary)).toMatch(/topic +sent +received.*\n[─ ]+\ninvoices +100 +100 +0.*\n\nok {3}100 s$/)
  expect(summaryText({ ...summary, ok: false, problems: ['x broke'] })).toMatch(/\nnot ok {3}100 s\n {2}✖ x broke$/)
})
