/** References inside a text, of ours (`{env:NAME}`, `{file:PATH}`) or of Connect's own providers (`${file:…}`, `${env:…}`). */
const reference = /\$?\{[A-Za-z0-9_-]+:[^{}]*\}/g

export function withoutReferences(text: string): string {
  return text.replace(reference, '').trim()
}

const header = /^(?:proxy-)?authorization$|^cookie$|(?:^|[-_])(?:token|secret|password|api-?key|key)$/i

/** Headers whose value is a secret. */
export function sensitiveHeader(name: string): boolean {
  return header.test(name)
}

const setting =
  /(?:^|[._-])(?:password|passwd|passphrase|secret|token|credentials?|api[._-]?key|secret[._-]?key|access[._-]?key|private[._-]?key)$|basic\.auth\.user\.info$|keystore\.key$/i
const jaas = /sasl\.jaas\.config$/i
/** In a JAAS text: `password="x"`, `clientSecret=x`. */
const jaasSecret = /(?:password|secret|token)\w*\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s;]+))/gi

/** A setting whose value is a secret in clear. A name alone makes none: a file's path, or a reference, is none. */
export function sensitiveSetting(name: string, value: string): boolean {
  if (jaas.test(name))
    return [...value.matchAll(jaasSecret)].some(
      ([, double, single, bare]) => withoutReferences(double ?? single ?? bare ?? '') !== '',
    )
  return setting.test(name) && withoutReferences(value) !== ''
}
