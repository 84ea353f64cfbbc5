import { looseFiles } from './file-modes.ts'
import { insecureSettings } from './insecure.ts'
import { pathText } from './place.ts'
import type { Config } from './schema.ts'
import { secretRefs } from './secret.ts'

/** What is insecure about a configuration and the files around it, a sentence each. With `strict: true` there is nothing left. */
export function remarksOn(config: Config, path: string): string[] {
  return [
    ...insecureSettings(config).map(({ path: place, message }) => `${pathText(place)}: ${message}`),
    ...fileRemarks(config, path),
  ]
}

export function fileRemarks(config: Config, path: string): string[] {
  return looseFiles(path, [...secretRefs(config)]).map(({ file, message }) => `${file}: ${message}`)
}
