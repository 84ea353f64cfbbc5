import type { MirroringBackend } from './backend.ts'
import { eventStreams } from './event-streams/declaration.ts'
import { mirrorMaker2 } from './mirrormaker2/declaration.ts'

/** The only list of backends. The first one is meant where a pair does not say. */
export const backends = [mirrorMaker2, eventStreams] as const satisfies readonly MirroringBackend[]
