import { readSecret, type SecretRef } from '../../../config/secret.ts'
import { nothingSelected } from '../../../domain/names/selection.ts'
import { configurationFault } from '../../../ports/failures.ts'
import { configured, connectorClasses, type Mm2Link, type Role } from './link.ts'

/** `{env:NAME}` or `{file:PATH}` inside a text; `${env:…}` is Connect's own and stays. */
const template = /(?<!\$)\{(env|file):([^{}]+)\}/g

/**
 * Settings a connector is created with: those of switchback.yaml with secrets resolved, the class and the aliases of
 * the link, and never without `topics`.
 */
export function settingsForCreation(
  { link, label }: Mm2Link,
  role: Role,
  topics: string = nothingSelected,
): Record<string, string> {
  const one = configured(link, role)
  const place = `links[${label}].${role}`
  if (!one?.config)
    throw configurationFault(
      `${label}: connector ${one?.name ?? role} does not exist on Kafka Connect, and switchback.yaml has no settings to create it with. Add ${place}.config (source.cluster.bootstrap.servers, target.cluster.bootstrap.servers, credentials, …), or create the connector manually`,
    )
  const settings: Record<string, string> = {
    'connector.class': connectorClasses[role],
    'source.cluster.alias': link.from,
    'target.cluster.alias': link.to,
  }
  for (const [key, value] of Object.entries(one.config))
    settings[key] = resolved(value, `${label}: ${place}.config.${key}`)
  for (const [key, alias] of [
    ['source.cluster.alias', link.from],
    ['target.cluster.alias', link.to],
  ] as const)
    if (role !== 'heartbeat' && settings[key] !== alias)
      throw configurationFault(`${label}: ${place}.config.${key} must be ${alias}, or be left out, in switchback.yaml`)
  if (role !== 'heartbeat') settings['topics'] = topics
  return settings
}

function resolved(value: string | number | boolean | SecretRef, place: string): string {
  try {
    if (typeof value === 'object') return readSecret(value)
    return String(value).replace(template, (_, kind: string, name: string) =>
      readSecret(kind === 'env' ? { env: name } : { file: name }),
    )
  } catch (error) {
    throw configurationFault(`${place}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
