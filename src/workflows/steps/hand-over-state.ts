import { handedOver, handOverText } from '../../domain/pages/hand-over-text.ts'
import { lastCut } from '../../domain/dossier/dossier.ts'
import type { PlannedApplication } from '../../contract/plan.ts'
import type { StepId } from '../../contract/steps.ts'
import { defineStep, type Step } from '../runbook/step.ts'

interface HandedOver {
  application: string
  by: string
  at: string
  note?: string
}

/** A person carries over what no group and no copy of a topic holds, and says so for each application. */
function handOverState(id: StepId & `hand-over-${string}`, role: PlannedApplication['kind'], title: string): Step {
  return defineStep({
    id,
    revision: 1,
    title,
    touchesSource: false,
    skip: 'never',
    observe: async () => null,
    async prove(run) {
      const cut = lastCut(run.dossier, run.plan.target)
      const topics = cut?.episode === run.episode ? cut.topics : []
      const fact: HandedOver[] = await Promise.all(
        handedOver(run.plan, role).map(async (app) => {
          const { by, at, note } = await run.confirmed(id, handOverText(run.plan, app, topics))
          return { application: app.name, by, at, ...(note === undefined ? {} : { note }) }
        }),
      )
      return { detail: fact.map(({ application, by }) => `${application} by ${by}`).join(', '), fact }
    },
  })
}

export const handOverProducers = handOverState(
  'hand-over-producers',
  'producer',
  'Migrate what producers keep outside of the topics',
)
export const handOverConsumers = handOverState(
  'hand-over-consumers',
  'consumer',
  'Migrate state and offsets that do not move',
)
