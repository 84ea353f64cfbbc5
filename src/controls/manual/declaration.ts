import type { ApplicationControls } from '../control.ts'
import { type ManualConfig, manualControl } from './settings.ts'

/** A person stops and starts it. */
export const manual = {
  name: 'manual',
  control: manualControl,
  folders: [],
  faults: () => [],
  insecure: () => [],
  literalSecrets: () => [],
  prepares: () => false,
  instruction: ({ instruction }) => instruction,
  opening: () => import('./open.ts'),
} as const satisfies ApplicationControls<ManualConfig>
