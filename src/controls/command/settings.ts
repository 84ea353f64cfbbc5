import { z } from 'zod'
import { secretRef } from '../../config/secret.ts'

const command = z.array(z.string()).min(1)

export const commandControl = z.strictObject({
  adapter: z.literal('command').describe("programs on the worker's machine"),
  stop: command.describe(
    'program and arguments, without a shell; {name}, {cluster}, {bootstrap}, {topics}, {group}, {phase}, {key} are replaced',
  ),
  start: command.describe('as stop; moves on to new topics when it runs already'),
  prepare: command
    .optional()
    .describe(
      'as start, before the producers of the source are stopped: up and connected on the target, writing nothing until `start`',
    ),
  state: command.describe('prints {"state":"running"|"stopped"|"unknown","cluster"?,"topics"?} last'),
  cwd: z.string().optional().describe('folder to run them in; default: the folder of this file'),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'write it as a name of an environment variable'),
      z.union([z.string(), secretRef]),
    )
    .optional()
    .describe(
      "their environment, besides PATH, HOME, LANG and the like and SWITCHBACK_<NAME>; nothing else of the worker's own is passed on; secrets by reference",
    ),
  timeoutMs: z
    .number()
    .int()
    .min(100)
    .default(60_000)
    .describe('one command, and how long its effect may take to show in the state, ms'),
})

export type CommandConfig = z.infer<typeof commandControl>
