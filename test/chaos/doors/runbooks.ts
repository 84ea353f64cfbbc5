import type { OperationName } from '../../../src/contract/names.ts'
import type { StepId } from '../../../src/contract/steps.ts'
import { stepsOf } from '../../../src/domain/plan/plan.ts'

/** What is played. `begin` and `hand-in` are the lease's, before the first step and after the last. */
export type Place = StepId | 'begin' | 'hand-in'

export interface Runbook {
  name: RunbookName
  operation: OperationName
  input: { mode?: 'forced'; branch?: 'recover' | 'replace'; replacement?: string }
  places: readonly Place[]
  /** From the act of this step on a Cancel is refused. */
  noReturn: StepId
  /** Steps that change something in the small world. */
  acting: readonly StepId[]
  /** Steps at which a person is asked. */
  asking: readonly StepId[]
}

export const runbookNames = ['failover', 'failover forced', 'reset recover', 'reset replace', 'failback'] as const
export type RunbookName = (typeof runbookNames)[number]

function runbook(
  name: RunbookName,
  operation: OperationName,
  input: Runbook['input'],
  rest: Pick<Runbook, 'noReturn' | 'acting' | 'asking'>,
): Runbook {
  const planned = stepsOf(operation, 'lag-first', input.branch).map(({ id }) => id)
  const steps = input.mode === 'forced' ? postponed(planned) : planned
  return { name, operation, input, places: ['begin', ...steps, 'hand-in'], ...rest }
}

/** Where the source does not answer, the selection is changed when the consumers have been started. */
function postponed(steps: readonly StepId[]): StepId[] {
  return steps.flatMap((step) => {
    if (step === 'disable-topics') return []
    return step === 'start-consumers' ? [step, 'disable-topics'] : [step]
  })
}

const moving: StepId[] = [
  'stop-producers',
  'disable-topics',
  'start-producers',
  'stop-consumers',
  'place-groups',
  'start-consumers',
]
const turning: StepId[] = ['open-ticket', 'select-topics']

export const runbooks: Readonly<Record<RunbookName, Runbook>> = {
  failover: runbook(
    'failover',
    'failover',
    {},
    {
      noReturn: 'start-producers',
      acting: [...moving, 'fence-source'],
      asking: ['approve'],
    },
  ),
  // Its source is dark, so that nothing can be fenced there.
  'failover forced': runbook(
    'failover forced',
    'failover',
    { mode: 'forced' },
    {
      noReturn: 'start-producers',
      acting: moving,
      asking: ['approve'],
    },
  ),
  'reset recover': runbook(
    'reset recover',
    'reset',
    { branch: 'recover' },
    {
      noReturn: 'enable-reverse',
      acting: ['guard-returning', ...turning, 'settle-stranded', 'enable-reverse'],
      asking: ['approve', 'settle-stranded', 'await-ticket'],
    },
  ),
  'reset replace': runbook(
    'reset replace',
    'reset',
    { branch: 'replace', replacement: 'C' },
    {
      noReturn: 'enable-reverse',
      acting: [...turning, 'enable-reverse'],
      asking: ['approve', 'await-ticket'],
    },
  ),
  failback: runbook(
    'failback',
    'failback',
    {},
    {
      noReturn: 'start-producers',
      acting: [...moving, 'fence-source', 'open-target', ...turning, 'enable-original'],
      asking: ['approve', 'await-ticket'],
    },
  ),
}
