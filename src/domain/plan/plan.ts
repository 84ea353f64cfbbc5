import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { OperationName } from '../../contract/names.ts'
import type { Expectations, Plan } from '../../contract/plan.ts'
import type { PlannedStep, StepId } from '../../contract/steps.ts'

/**
 * The default: nothing starts on the target before everything is mirrored. The topics leave the selection behind the start: a
 * link that has nothing left to copy harms nothing, and its tasks take seconds to follow in which nobody could write.
 */
const lagFirst = [
  'stop-producers',
  'fence-source',
  'confirm-mirrored',
  'open-target',
  'mark-cut',
  'start-producers',
  'disable-topics',
] as const satisfies StepId[]

/** Where copies keep their names producers would write into a topic that is still mirrored into. */
const oneLog = [
  'stop-producers',
  'fence-source',
  'confirm-mirrored',
  'disable-topics',
  'open-target',
  'mark-cut',
  'start-producers',
] as const satisfies StepId[]

/** The scenario's own order: producers start on the target right after they stopped; the lag is checked after. */
const documented = [
  'stop-producers',
  'fence-source',
  'open-target',
  'mark-cut',
  'start-producers',
  'confirm-mirrored',
  'disable-topics',
] as const satisfies StepId[]

const moveConsumers = [
  'drain-consumers',
  'stop-consumers',
  'place-groups',
  'start-consumers',
] as const satisfies StepId[]

/** Topics of the pair that stayed when others moved are mirrored on, unless a new cluster replaces the one that they are on. */
export function whatStaysNeedsTheLink({ operation, branch }: Pick<Plan, 'operation' | 'branch'>): boolean {
  return operation === 'reset' && branch !== 'replace'
}

/** The ordered steps of an operation. `branch` is of reset only; without it reset has the steps of `recover`. `more`: steps that only some plans need, none of them of a reset; `oneLog`: copies on the target are called as their topics. */
export function stepsOf(
  operation: OperationName,
  order: 'lag-first' | 'documented',
  branch?: 'recover' | 'replace',
  more: { createTopics?: boolean; handOver?: readonly ('producer' | 'consumer')[]; oneLog?: boolean } = {},
): PlannedStep[] {
  const moveProducers = more.oneLog ? oneLog : order === 'documented' ? documented : lagFirst
  const ids = idsOf(operation, moveProducers, branch)
  // Right after the approval: while nothing has been stopped, a topic that cannot be created costs nothing.
  const after: Partial<Record<StepId, StepId>> = {
    ...(more.createTopics ? { approve: 'create-topics' } : {}),
    // Before the cut, which is to be taken right before producers start.
    ...(more.handOver?.includes('producer') ? { 'open-target': 'hand-over-producers' } : {}),
    ...(more.handOver?.includes('consumer') ? { 'place-groups': 'hand-over-consumers' } : {}),
  }
  return ids.flatMap((id) => [id, ...(after[id] === undefined ? [] : [after[id]])]).map((id) => ({ id, revision: 1 }))
}

function idsOf(operation: OperationName, moveProducers: readonly StepId[], branch?: 'recover' | 'replace'): StepId[] {
  switch (operation) {
    case 'failover':
      return ['assess', 'approve', ...moveProducers, ...moveConsumers, 'verify']
    case 'failback':
      return [
        'assess',
        'approve',
        ...moveProducers,
        ...moveConsumers,
        'open-ticket',
        'await-ticket',
        'confirm-disabled',
        'enable-original',
        'select-topics',
        'verify-remote',
        'verify',
      ]
    case 'reset':
      return resetIds(branch !== 'replace')
    default:
      return operation satisfies never
  }
}

/** A cluster that is gone for good (`replace`) needs no guard, and leaves nothing to settle. */
function resetIds(recover: boolean): StepId[] {
  return [
    'assess',
    'approve',
    // What comes back may be in use by somebody: nothing is denied there before the approval.
    ...(recover ? (['guard-returning'] as const) : []),
    'open-ticket',
    ...(recover ? (['settle-stranded'] as const) : []),
    'await-ticket',
    'confirm-disabled',
    'enable-reverse',
    'select-topics',
    'verify-remote',
  ]
}

/**
 * What an approval is bound to: 16 hex digits of the SHA-256 of plan and expectations. By a library in plain
 * JavaScript, since Temporal's workflow sandbox has no node:crypto.
 */
export function planHash(plan: Plan, expectations: Expectations): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson({ plan, expectations })))).slice(0, 16)
}

/** JSON with sorted keys and without undefined members: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => (isRecord(member) ? sorted(member) : member)) ?? 'null'
}

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(record).sort()
  return Object.fromEntries(keys.map((key) => [key, record[key]]))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
