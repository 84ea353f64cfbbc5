import type { OperationName } from '../../contract/names.ts'
import type { PairStatus } from '../../contract/pair-messages.ts'

/** What a person may start on a pair now, with the input to paste. */
export interface NextStart {
  operation: OperationName
  /** Why one would: the heading above it. */
  title: string
  input: Record<string, unknown>
  /** What else the input may say. */
  hints: string[]
}

const dryRunHint = '`"dryRun": true` checks and plans, and changes nothing'

/** Undefined while a run is under way, and while the clusters remember another history than the pair does. */
export function nextStart(status: PairStatus): NextStart | undefined {
  const { pair, active, standby, episode, lease } = status
  if (lease || status.memory?.found.length) return undefined
  const base = { pair, reason: 'why', requestedBy: 'you' }
  if (episode?.inDoubt) {
    const { operation } = episode.inDoubt
    const branch = operation === 'reset' ? { branch: 'recover' } : {}
    return {
      operation,
      title: `To take the episode over where it stands`,
      input: { ...base, ...branch, adopt: true },
      hints: operation === 'reset' ? [`a reset that was to replace: \`${replacing}\``] : [],
    }
  }
  const forcedHint = `\`"mode": "forced"\` when ${active} is lost and given up`
  switch (episode?.stage) {
    case undefined:
      return {
        operation: 'failover',
        title: `To move from ${active} to ${standby}`,
        input: base,
        hints: [forcedHint, dryRunHint],
      }
    case 'failed-over':
      return {
        operation: 'reset',
        title: `To mirror back to ${standby}, once it is fully operational`,
        input: { ...base, branch: 'recover' },
        hints: [`when a new cluster takes the place of ${standby}: \`${replacing}\``, dryRunHint],
      }
    case 'reset':
      return {
        operation: 'failback',
        title: `To return from ${active} to ${standby}`,
        input: base,
        hints: [forcedHint, dryRunHint],
      }
    default:
      return undefined
  }
}

const replacing = '"branch": "replace", "replacement": "<alias of the new cluster>"'
