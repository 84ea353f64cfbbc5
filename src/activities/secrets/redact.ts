/** Shorter values would be found in the middle of ordinary words. */
const shortestSecret = 4
const mask = '[removed]'

/** Text that looks like a secret wherever it comes from: JAAS lines, headers, addresses with credentials. */
const suspicious: [pattern: RegExp, replacement: string][] = [
  [
    /((?:password|passwd|secret|token|api[_-]?key|credentials?)\s*\\?["']?\s*[:=]\s*)(\\?["'])(?:(?!\2)(?:\\.|[^\\\n]))*\2/gi,
    `$1$2${mask}$2`,
  ],
  [/((?:password|passwd|secret|token|api[_-]?key)\s*[:=]\s*)(?!\\?["']|\[removed\])[^\s"',;&}]+/gi, `$1${mask}`],
  [/(\bauthorization\\?["']?\s*[:=]\s*\\?["']?)(?:[A-Za-z]+ +)?[^\s"',;&}\\]+/gi, `$1${mask}`],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9+/._~-]{8,}=*/g, `$1 ${mask}`],
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]+:)[^\s/@]+@/gi, `$1${mask}@`],
]

/** Removes the given secrets, in the spellings they travel in, and what looks like one. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = withoutKnown(text, secrets)
  for (const [pattern, replacement] of suspicious) clean = clean.replace(pattern, replacement)
  return clean
}

/** Removes the given secrets only: for what is no failure, where a word like "token" may stand for itself. */
export function withoutKnown(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const spelling of secrets.flatMap(spellings).toSorted((a, b) => b.length - a.length)) {
    clean = clean.replaceAll(spelling, mask)
  }
  return clean
}

function spellings(secret: string): string[] {
  const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]
  return [...new Set(forms)].filter((form) => form.length >= shortestSecret)
}
