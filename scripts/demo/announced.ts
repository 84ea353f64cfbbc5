import type { OffsetPlan } from '../../src/contract/offset-plan.ts'
import type { Dossier, Settlement } from '../../src/contract/dossier.ts'
import type { OperationName } from '../../src/contract/names.ts'
import type { PlanAnswer } from '../../src/contract/plan.ts'
import type { OffsetRange } from '../../lab/verdict.ts'

/** What the runs said beforehand, or wrote down, about records that would not arrive once and in order. */
export type Announced = {
  /** Stranded ranges of the dossier's loss ledgers. */
  ledger: OffsetRange[]
  /** Upper bound of records read twice, by local topic: the sum over the offset plans of all moves, and what was replayed. */
  duplicates: Map<string, number>
  /** Broken order that was declared before an approval. */
  orderBreaks: { operation: OperationName; mode: 'planned' | 'forced'; group: string; reason: string }[]
  /** What was decided on stranded records, if there were any to decide on. */
  settled: Settlement['action'] | null
}

/** Kept records are read after the failback, replayed ones where they were copied to. */
export function readInTheEnd(settled: Announced['settled']): boolean {
  return settled === 'keep' || settled === 'replay'
}

/** What one run announced. */
export type RunAnnouncement = { operation: OperationName; plan: PlanAnswer | null; offsetPlan: OffsetPlan | null }

/** Pure. `topics`: the local topics; copies are known by the clusters' aliases behind or before a dot. */
export function announced(input: {
  runs: readonly RunAnnouncement[]
  dossier: Pick<Dossier, 'ledgers' | 'settlements'> | null
  topics: readonly string[]
  aliases: readonly string[]
}): Announced {
  const duplicates = new Map<string, number>()
  for (const [topic, , , , , records] of input.runs.flatMap(planRows)) {
    const local = localNameOf(topic, input.topics, input.aliases)
    if (local !== undefined) duplicates.set(local, (duplicates.get(local) ?? 0) + records)
  }
  const settlement = input.dossier?.settlements.at(-1)
  // Consumers may have read them where they were stranded, before that cluster died: the question says so.
  if (settlement?.action === 'replay')
    for (const { topic, rows } of settlement.topics) {
      const replayed = rows.reduce((sum, [, , , records]) => sum + (records ?? 0), 0)
      duplicates.set(topic, (duplicates.get(topic) ?? 0) + replayed)
    }
  return {
    ledger: ledgerRanges(input.dossier?.ledgers ?? []),
    duplicates,
    orderBreaks: input.runs.flatMap(({ operation, plan }) =>
      plan === null ? [] : plan.expectations.orderBreaks.map((each) => ({ operation, mode: plan.plan.mode, ...each })),
    ),
    settled: settlement?.action ?? null,
  }
}

function planRows({ offsetPlan }: RunAnnouncement): OffsetPlan['groups'][number]['rows'] {
  return (offsetPlan?.groups ?? []).flatMap(({ rows }) => rows)
}

/** `accounting.invoices.A`, `A.accounting.invoices` and `accounting.invoices` are all `accounting.invoices`; a stranger's topic is undefined. */
function localNameOf(topic: string, topics: readonly string[], aliases: readonly string[]): string | undefined {
  const copies = (local: string) => aliases.flatMap((alias) => [`${local}.${alias}`, `${alias}.${local}`])
  return topics.find((local) => topic === local || copies(local).includes(topic))
}

/** An exact ledger takes the place of a cluster's estimates: an estimate has no end, and would excuse anything. */
function ledgerRanges(ledgers: Dossier['ledgers']): OffsetRange[] {
  const exact = new Set(ledgers.filter(({ kind }) => kind === 'exact').map(({ cluster }) => cluster))
  return ledgers
    .filter(({ kind, cluster }) => kind === 'exact' || !exact.has(cluster))
    .flatMap(({ cluster, topics }) =>
      topics.flatMap(({ topic, rows }) =>
        rows.map(([partition, from, to]) => ({ cluster, topic, partition, from, ...(to === null ? {} : { to }) })),
      ),
    )
}
