import type { z } from 'zod'
import type { SupportDesk } from '../desk.ts'
import { manualDesk } from './settings.ts'

/** No desk is connected. */
export const manual = {
  name: 'manual',
  desk: manualDesk,
  fileKeys: {},
  byPerson: true,
  faults: () => [],
  insecure: () => [],
  literalSecrets: () => [],
  dependsOn: () => null,
  opening: () => import('./open.ts'),
} as const satisfies SupportDesk<z.infer<typeof manualDesk>, null>
