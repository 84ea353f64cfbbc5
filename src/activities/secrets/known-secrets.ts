import type { Config } from '../../config/schema.ts'
import { readSecret, secretRef } from '../../config/secret.ts'

/** The values of every secret the configuration names, as they are now. One that cannot be read cannot leak either. */
export function knownSecrets(config: Config): string[] {
  const found = new Set<string>()
  collect(config, found)
  return [...found]
}

function collect(node: unknown, found: Set<string>): void {
  if (typeof node !== 'object' || node === null) return
  const ref = secretRef.safeParse(node)
  if (!ref.success) {
    for (const child of Object.values(node)) collect(child, found)
    return
  }
  try {
    found.add(readSecret(ref.data))
  } catch {
    // The adapter that needs it says so, by its name.
  }
}
