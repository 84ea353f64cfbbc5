import type { Config } from '../../config/schema.ts'
import { readSecret, type SecretRef, secretRefs } from '../../config/secret.ts'

/** Where a configuration names secrets: looked for once, since every activity asks for their values. */
const referencesOf = new WeakMap<Config, SecretRef[]>()

/** The values of every secret the configuration names, as they are now. One that cannot be read cannot leak either. */
export function knownSecrets(config: Config): string[] {
  const references = referencesOf.get(config) ?? [...secretRefs(config)]
  referencesOf.set(config, references)
  const found = new Set<string>()
  for (const reference of references) {
    try {
      found.add(readSecret(reference))
    } catch {
      // The adapter that needs it says so, by its name.
    }
  }
  return [...found]
}
