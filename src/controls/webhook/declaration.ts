import { addressFaults } from '../../config/address-checks.ts'
import { inClear, unchecked } from '../../config/insecure-parts.ts'
import type { ApplicationControls } from '../control.ts'
import { type WebhookConfig, webhookControl } from './settings.ts'

/** An HTTP endpoint. */
export const webhook = {
  name: 'webhook',
  control: webhookControl,
  folders: [],
  faults: ({ url }, path) => (typeof url === 'string' ? addressFaults(url, [...path, 'url']) : []),
  insecure: ({ secret, url, tls }, path) => [
    ...(secret === undefined
      ? [{ path: [...path, 'url'], message: 'orders are not signed, so whoever reaches it may send them: add secret' }]
      : inClear(url, 'the answer, which is not signed,', [...path, 'url'])),
    ...unchecked(tls, [...path, 'tls']),
  ],
  literalSecrets: () => [],
  prepares: ({ prepare }) => prepare === true,
  instruction: () => undefined,
  opening: () => import('./open.ts'),
} as const satisfies ApplicationControls<WebhookConfig>
