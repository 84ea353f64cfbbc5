import type { Dossier, EpisodeStage } from '../../contract/dossier.ts'
import type { OperationName } from '../../contract/names.ts'
import type { StartInput } from '../../contract/start-input.ts'
import { precondition } from '../../ports/failures.ts'

/** Stages an operation may start in; a run that adopts may also find its own last one. */
const turns: Record<OperationName, { starts: (EpisodeStage | 'none')[]; adopts: EpisodeStage[] }> = {
  failover: { starts: ['none', 'closed', 'handed-over', 'failing-over'], adopts: ['failed-over'] },
  reset: { starts: ['failed-over', 'resetting'], adopts: ['reset'] },
  failback: { starts: ['reset', 'failing-back'], adopts: ['closed'] },
}

/** What can be done in a stage, for the refusal. */
const next: Record<EpisodeStage | 'none', string> = {
  none: 'Nothing has been failed over: failover is what can be started.',
  closed: 'The last episode is closed: failover is what can be started.',
  'handed-over': 'The last episode was handed over: failover is what can be started.',
  'failing-over': 'A failover has begun and is not complete: finish it, or start failover with "adopt": true.',
  'failed-over': 'It is failed over already: reset is next, then failback.',
  resetting: 'A reset has begun and is not complete: finish it, or start reset with "adopt": true.',
  reset: 'It is failed over and reset: failback is next.',
  'failing-back': 'A failback has begun and is not complete: finish it, or start failback with "adopt": true.',
}

/** PreconditionFailed when it is not this operation's turn in the episode, with what is. */
export function refuseWrongStage(operation: OperationName, input: StartInput, dossier: Dossier): void {
  const stage = dossier.episode?.stage ?? 'none'
  const { starts, adopts } = turns[operation]
  if (starts.includes(stage)) return
  if (input.adopt && stage !== 'none' && adopts.includes(stage)) return
  throw precondition(
    `${operation} of ${input.pair} cannot start: ${dossier.active} is active, ${dossier.standby} is the other side. ${next[stage]}`,
  )
}
