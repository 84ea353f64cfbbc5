import { z } from 'zod'
import { addressFaults } from '../../config/address-checks.ts'
import { inClear, literalSecret, unchecked } from '../../config/insecure-parts.ts'
import type { Fault } from '../../config/place.ts'
import { sensitiveHeader, withoutReferences } from '../../config/sensitive.ts'
import { fillJsonTemplate, misspelt, ticketPlaceholders } from '../../config/template.ts'
import type { PlacedDesk, SupportDesk } from '../desk.ts'
import { type WebhookDeskConfig, webhookDesk } from './settings.ts'

/** Any desk that speaks JSON over HTTP. */
export const webhook = {
  name: 'webhook',
  desk: webhookDesk,
  fileKeys: {},
  byPerson: false,
  faults: deskFaults,
  insecure: ({ headers, url, tls }, path) => [
    ...(Object.keys(headers).some(sensitiveHeader) ? inClear(url, 'the secret in its headers', [...path, 'url']) : []),
    ...unchecked(tls, [...path, 'tls']),
  ],
  literalSecrets: ({ headers }, path) =>
    Object.entries(headers).flatMap(([key, value]) =>
      typeof value === 'string' && sensitiveHeader(key) && withoutReferences(value) !== ''
        ? [literalSecret([...path, 'headers', key])]
        : [],
    ),
  dependsOn: () => null,
  opening: () => import('./open.ts'),
} as const satisfies SupportDesk<WebhookDeskConfig, null>

const text = z.string().optional().catch(undefined)
/** An entry as far as it can be read. */
const outline = z.object({ url: text, body: text })

function deskFaults({ desk, path }: PlacedDesk): Fault[] {
  const { url, body } = outline.parse(desk)
  const faults: Fault[] = addressFaults(url, [...path, 'url'])
  if (body === undefined) return faults
  const at = [...path, 'body']
  for (const { word, meant } of misspelt(body, ticketPlaceholders))
    faults.push({ path: at, message: `{${word}} is not replaced: did you mean {${meant}}?` })
  const filled = fillJsonTemplate(body, Object.fromEntries(ticketPlaceholders.map((word) => [word, word])))
  try {
    JSON.parse(filled)
  } catch {
    faults.push({ path: at, message: 'is no JSON once it is filled in: put each {placeholder} inside double quotes' })
  }
  if (!body.includes('{token}'))
    faults.push({
      path: at,
      message: 'has no {token}: put it in a field the desk keeps, the ticket is found again by it',
    })
  return faults
}
