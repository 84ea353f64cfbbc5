/**
 * What all workflows of a worker have in common, the contract above all: otherwise each open workflow builds and keeps all schemas
 * of its own. The SDK freezes what is shared, as deep as it finds it unfrozen. Schemas bind their methods, and move the `lastIndex`
 * of their expressions, when they are used; so the modules that hold them are frozen here, and what they hold is not.
 */
import { z } from 'zod'
import * as compare from '../contract/compare.ts'
import * as dossierEntry from '../contract/dossier-entry.ts'
import * as memory from '../contract/memory.ts'
import * as memoryShapes from '../contract/memory-shapes.ts'
import * as messages from '../contract/messages.ts'
import * as pairMessages from '../contract/pair-messages.ts'
import * as primitives from '../contract/primitives.ts'
import * as shape from '../contract/shape.ts'
import * as startInput from '../contract/start-input.ts'
import * as memoryOfPair from '../domain/memory/memory.ts'

for (const module of [
  compare,
  dossierEntry,
  memory,
  memoryOfPair,
  memoryShapes,
  messages,
  pairMessages,
  primitives,
  shape,
  startInput,
  z.core.regexes,
  z.regexes,
])
  Object.freeze(module)
