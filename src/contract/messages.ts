import { z } from 'zod'
import { choiceActions } from './choices.ts'
import { personName, questionId, shortText } from './primitives.ts'

/** Payloads of the messages a run takes: one JSON object each. */
export const approve = z.strictObject({
  question: questionId,
  by: personName,
  planHash: z.string().min(8).max(64),
  comment: shortText.optional(),
})

export const completeTicket = z.strictObject({
  ticketId: z.string().trim().min(1).max(200),
  completedBy: personName,
  note: shortText.optional(),
})

/** The workflow id of the run that asked: questions of two runs have the same ids. Left out, whichever run gets it takes it. */
const askedBy = z.string().min(1).max(1000).optional()

export const confirm = z.strictObject({
  question: questionId,
  run: askedBy,
  by: personName,
  note: shortText.optional(),
})

export const decisions = [
  'retry',
  'skip',
  'abort',
  'handOver',
  'keep',
  'replay',
  'quarantine',
  'discard',
  'proceed',
  ...choiceActions,
] as const
export type Decision = (typeof decisions)[number]

export const decide = z.strictObject({
  question: questionId,
  run: askedBy,
  action: z.enum(decisions),
  by: personName,
  reason: shortText,
})

export const pause = z.strictObject({ by: personName, reason: shortText.optional() })
export const resume = z.strictObject({ by: personName, reason: shortText.optional() })
export const force = z.strictObject({ by: personName, reason: shortText, planHash: z.string().min(8).max(64) })

export type Approve = z.infer<typeof approve>
export type CompleteTicket = z.infer<typeof completeTicket>
export type Confirm = z.infer<typeof confirm>
export type Decide = z.infer<typeof decide>
export type Pause = z.infer<typeof pause>
export type Force = z.infer<typeof force>

export const messageSchemas = { approve, completeTicket, confirm, decide, pause, resume, force } as const
export type MessageName = keyof typeof messageSchemas

export const messageExamples = {
  approve: { question: 'approve#1', by: 'you', planHash: '<hash from the query plan>' },
  completeTicket: { ticketId: 'CS123', completedBy: 'you' },
  confirm: { question: 'stop-producers#1', by: 'you' },
  decide: { question: 'confirm-mirrored#1', action: 'retry', by: 'you', reason: 'the link moves again' },
  pause: { by: 'you', reason: 'waiting for the morning shift' },
  resume: { by: 'you' },
  force: { by: 'you', reason: 'A will not come back', planHash: '<hash from the query plan>' },
} as const satisfies Record<MessageName, object>

/** What a message is answered with. */
export interface Answer {
  accepted: true
  message: string
}
