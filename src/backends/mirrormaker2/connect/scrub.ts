/** A line longer than this is not read by anybody on call. */
const MAX_LENGTH = 300

const hidden = '[hidden]'

/** Names of settings whose values never leave the adapter. */
const sensitiveKey = /jaas|password|passphrase|secret|token|credential|private|keystore|truststore|\.key$/i

/**
 * The first line of a text from Connect (a trace, a message), without credentials: values of the connector's sensitive
 * settings, the strings quoted in them, and whatever looks like a credential.
 */
export function scrubbed(text: string, config: Record<string, string>): string {
  let line = (text.split(/\r?\n/, 1)[0] ?? '').trim()
  for (const secret of secretsOf(config)) line = line.replaceAll(secret, hidden)
  line = line
    .replace(
      /\b([\w.-]*(?:password|passphrase|secret|token|jaas)[\w.-]*)(["']?\s*[=:]\s*)(?:"[^"]*"?|'[^']*'?|[^\s,;]+)/gi,
      `$1$2${hidden}`,
    )
    .replace(/\b(Basic|Bearer)\s+[\w+/=.~-]+/g, `$1 ${hidden}`)
    .replace(/\/\/[^/\s@]+@/g, `//${hidden}@`)
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line
}

function secretsOf(config: Record<string, string>): string[] {
  return Object.entries(config)
    .filter(([key]) => sensitiveKey.test(key))
    .flatMap(([, value]) => [value, ...[...value.matchAll(/["']([^"']+)["']/g)].map((match) => match[1] ?? '')])
    .filter((value) => value.length >= 3)
    .sort((a, b) => b.length - a.length)
}
