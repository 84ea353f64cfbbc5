import { dirname, resolve } from 'node:path'
import { type Document, LineCounter, parseDocument } from 'yaml'
import { ConfigError } from './config-error.ts'
import { crossCheck } from './cross-checks.ts'
import { insecureSettings, literalSecrets } from './insecure.ts'
import { outlineOf } from './outline.ts'
import { lineOf, pathText, type Fault } from './place.ts'
import { missingReferences, resolvePaths } from './references.ts'
import { readSchema } from './schema-faults.ts'
import type { Config } from './schema.ts'

/** Aliases that would unfold to gigabytes are refused by the library, with an error of its own. */
function valueOf(document: Document.Parsed, path: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw new ConfigError(path, [`not readable as YAML: ${error instanceof Error ? error.message : String(error)}`])
  }
}

/** The configuration in a text that was read from `path`. Throws ConfigError with all faults at once. */
export function parseConfig(text: string, path: string): Config {
  const folder = dirname(resolve(path))
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
  if (document.errors.length > 0)
    throw new ConfigError(
      path,
      document.errors.map(({ pos, message }) => `line ${lines.linePos(pos[0]).line}: not readable as YAML: ${message}`),
    )

  const tree = valueOf(document, path) ?? {}
  const schema = readSchema(tree)
  // The schema's own tree: checking it must not change what the schema has read.
  const absolute = structuredClone(schema.config ?? tree)
  resolvePaths(absolute, folder)
  const faults: Fault[] = [
    ...schema.faults,
    ...crossCheck(outlineOf(tree)),
    ...missingReferences(absolute),
    ...(schema.config === null ? [] : literalSecrets(schema.config)),
    ...(schema.config?.strict ? insecureSettings(schema.config) : []),
  ]
  if (faults.length > 0 || schema.config === null) {
    const placed = faults.map((fault) => ({ ...fault, line: lineOf(document, lines, fault.path) }))
    placed.sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
    throw new ConfigError(
      path,
      placed.map(
        ({ line, path, message }) => `${line === undefined ? '' : `line ${line}, `}${pathText(path)}: ${message}`,
      ),
    )
  }
  resolvePaths(schema.config, folder)
  return schema.config
}
