import { z } from 'zod'
import { kafkaAlias, personName, shortText } from './primitives.ts'

/** What a run is started with: one JSON object. */
const common = {
  pair: z.string().min(1).max(100).describe('name of the pair in switchback.yaml'),
  reason: shortText.describe('why, for the record'),
  requestedBy: personName.describe('who asks for it'),
  mode: z
    .enum(['planned', 'forced'])
    .default('planned')
    .describe('planned: the source is reachable and drained; forced: the source is given up'),
  approvedBy: personName
    .optional()
    .describe('the instance owner, when the approval was given before; not accepted for a forced run'),
  topics: z
    .array(z.string().min(1).max(249))
    .min(1)
    .max(2000)
    .optional()
    .describe('only these topics of the pair; default: all. A set that splits an application or a group is refused'),
  createTopics: z
    .boolean()
    .optional()
    .describe("create local topics that the target lacks; default: the pair's createTopics"),
  dryRun: z.boolean().default(false).describe('assess and plan only: not one write'),
  adopt: z.boolean().default(false).describe('take over an episode that a terminated or reset run left in doubt'),
}

export const failoverInput = z.strictObject(common)
export const failbackInput = z.strictObject(common)
export const resetInput = z
  .strictObject({
    ...common,
    branch: z.enum(['recover', 'replace']).describe('recover: the old side came back; replace: a new cluster'),
    replacement: kafkaAlias.optional().describe('alias of the new cluster; with branch replace'),
  })
  .refine((input) => (input.branch === 'replace') === (input.replacement !== undefined), {
    message: 'branch "replace" needs "replacement" (the new cluster\'s alias); branch "recover" takes none',
    path: ['replacement'],
  })

export type FailoverInput = z.infer<typeof failoverInput>
export type ResetInput = z.infer<typeof resetInput>
export type FailbackInput = z.infer<typeof failbackInput>
export type StartInput = FailoverInput & { branch?: 'recover' | 'replace'; replacement?: string | undefined }

export const startInputs = { failover: failoverInput, reset: resetInput, failback: failbackInput } as const

export const startExamples = {
  failover: { pair: 'accounting', reason: 'region A is lost', requestedBy: 'you' },
  reset: { pair: 'accounting', reason: 'A is back', requestedBy: 'you', branch: 'recover' },
  failback: { pair: 'accounting', reason: 'return to A', requestedBy: 'you' },
} as const
