import {
  ApplicationFailure,
  setDefaultQueryHandler,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow'
import type { UpdateDefinition } from '@temporalio/common'
import type { z } from 'zod'
import { errorTypes } from '../../contract/errors.ts'
import { type Answer, type MessageName, messageExamples, messageSchemas } from '../../contract/messages.ts'
import { type NoPlan, runMessages, runQueries, runSignals, runUpdates } from '../../contract/definitions.ts'
import type { PlanAnswer } from '../../contract/plan.ts'
import { release } from '../../contract/release.ts'
import { checkShape, whatIsUnseen } from '../../contract/shape.ts'
import type { Inbox } from './inbox.ts'
import type { RunRecord } from './run-record.ts'

type Payload<Name extends MessageName> = z.infer<(typeof messageSchemas)[Name]>

function shapeError(name: MessageName, faults: string, record: RunRecord): string {
  return (
    `The payload of ${name} is not right:\n${faults}\n` +
    `Send one JSON object, for example ${JSON.stringify(exampleNow(name, record))}`
  )
}

/** What would be right at this moment: the UI's dialog covers the page where it stands. */
function exampleNow(name: MessageName, record: RunRecord): object {
  const { open } = record.questions
  const asked = open.find(({ send }) => send.update === name)
  if (asked) return asked.send.payload
  const [choosing] = open.filter(({ choices }) => choices.length > 0)
  const example = messageExamples[name]
  if (name === 'decide' && choosing)
    return { ...example, question: choosing.id, run: record.workflowId, action: choosing.choices[0] }
  if (name === 'force' && record.planHash !== null) return { ...example, planHash: record.planHash }
  return example
}

function parse<Name extends MessageName>(name: Name, payload: unknown, record: RunRecord): Payload<Name> {
  const shape = checkShape(messageSchemas[name], payload)
  if (shape.ok) return shape.data as Payload<Name>
  throw ApplicationFailure.nonRetryable(shapeError(name, shape.faults, record), errorTypes.invalidInput)
}

/** The payload of the moment can be copied where the question stands. */
const asAsked = 'Copy the payload from Current Details (tab User Metadata); this is an example:'

const descriptions: Record<MessageName, string> = {
  approve: `Approve the plan, by its hash. ${asAsked}`,
  completeTicket: `The support ticket is done. ${asAsked}`,
  confirm: `A manual action was done. ${asAsked}`,
  decide: `Answer a question by one of its choices. ${asAsked}`,
  pause: 'Start nothing new until resumed. Payload:',
  resume: 'Go on after a pause. Payload:',
  force: 'Give the source up: planned becomes forced and is approved again. Payload:',
}

function wireUpdate<Name extends MessageName>(
  name: Name,
  record: RunRecord,
  handle: (payload: Payload<Name>) => string,
  changed: () => void,
): void {
  const definition: UpdateDefinition<Answer, [unknown]> = runUpdates[name]
  setHandler(
    definition,
    (payload): Answer => {
      // Parsed again: on replay the validator does not run, and an accepted payload always parses.
      const parsed = parse(name, payload, record)
      const outcome = attempt(() => handle(parsed))
      if (!outcome.ok) record.refuse(name, outcome.text, new Date().toISOString())
      changed()
      if (outcome.ok) return { accepted: true, message: outcome.text }
      throw ApplicationFailure.nonRetryable(outcome.text, errorTypes.refused)
    },
    {
      description: `${descriptions[name]} ${JSON.stringify(messageExamples[name])}`,
      validator: (payload) => {
        const unseen = whatIsUnseen(parse(name, payload, record))
        if (unseen !== undefined)
          throw ApplicationFailure.nonRetryable(shapeError(name, unseen, record), errorTypes.invalidInput)
      },
    },
  )
}

function attempt(handle: () => string): { ok: boolean; text: string } {
  try {
    return { ok: true, text: handle() }
  } catch (error) {
    return { ok: false, text: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * Every door of a run. Set before the first `await`, so that no early message is lost. `changed`: after each message, so that the
 * page shows at once what came of it.
 */
export function wireMessages(
  record: RunRecord,
  inbox: Inbox,
  answers: { plan: () => PlanAnswer | NoPlan; report: () => string; changed: () => void },
): void {
  const { changed } = answers
  setHandler(runQueries.progress, () => ({ ...record.progress(), release }), {
    description: 'Where the run stands, what it waits for and the payload to send. No argument.',
  })
  setHandler(runQueries.plan, answers.plan, { description: 'The plan, its hash and what to expect. No argument.' })
  setHandler(runQueries.report, answers.report, { description: 'The report, in Markdown. No argument.' })
  setDefaultQueryHandler((name) => ({
    error: `There is no query ${JSON.stringify(name.slice(0, 100))}. Queries: ${runMessages.queries.join(', ')}.`,
  }))

  wireUpdate('approve', record, (payload) => inbox.approve(payload), changed)
  wireUpdate('completeTicket', record, (payload) => inbox.completeTicket(payload), changed)
  wireUpdate('confirm', record, (payload) => inbox.confirm(payload), changed)
  wireUpdate('decide', record, (payload) => inbox.decide(payload), changed)
  wireUpdate('pause', record, (payload) => inbox.pause(payload), changed)
  wireUpdate('resume', record, (payload) => inbox.resume(payload), changed)
  wireUpdate('force', record, (payload) => inbox.force(payload), changed)
  setDefaultUpdateHandler((name) => {
    record.unknown(`update ${name}`)
    changed()
    throw ApplicationFailure.nonRetryable(
      `There is no update ${JSON.stringify(name.slice(0, 100))}. Updates: ${runMessages.updates.join(', ')}.`,
      errorTypes.refused,
    )
  })

  // A signal cannot be answered: whatever is wrong with it is recorded, and the run goes on.
  setHandler(
    runSignals.ticketCompleted,
    (payload) => {
      const outcome = attempt(() => inbox.completeTicket(parse('completeTicket', payload, record)))
      if (!outcome.ok) record.refuse('ticketCompleted', outcome.text, new Date().toISOString())
      changed()
    },
    {
      description: `The support ticket is done (for scripts; people use the update completeTicket). Payload: ${JSON.stringify(messageExamples.completeTicket)}`,
    },
  )
  setDefaultSignalHandler((name) => {
    record.unknown(`signal ${name}`)
    changed()
  })
}
