import { readFileSync, statSync } from 'node:fs'
import { ConfigError } from './config-error.ts'
import { parseConfig } from './parse.ts'
import { fileRemarks } from './remarks.ts'
import type { Config } from './schema.ts'

export { ConfigError } from './config-error.ts'

/**
 * Reads and checks a configuration file. In the result every path is absolute, and a command's `cwd` is set: relative
 * ones start at the file's folder. Throws ConfigError with all faults at once.
 */
export function loadConfig(path: string): Config {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new ConfigError(path, [`it cannot be read (${reason}): create it, or name another file with --config`])
  }
  const config = parseConfig(text, path)
  const loose = config.strict ? fileRemarks(config, path) : []
  if (loose.length > 0) throw new ConfigError(path, loose)
  return config
}

/**
 * The configuration as the file says now. The worker asks before each use, so that a wrong address is corrected in
 * mid-run by editing the file. A faulty file fails with ConfigError, at every use, until it is mended; only a good
 * reading is kept, since a fault may be mended elsewhere (a secret file that was missing).
 */
export function liveConfig(path: string): () => Config {
  let known: { stamp: string; config: Config } | undefined
  return () => {
    const stamp = stampOf(path)
    if (stamp !== undefined && stamp === known?.stamp) return known.config
    known = undefined
    const config = loadConfig(path)
    // Stamped before reading: a write in between makes the next use read again.
    if (stamp !== undefined) known = { stamp, config }
    return config
  }
}

/** Undefined when the file is not there: loading it says so in words. */
function stampOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat && `${stat.mtimeNs}:${stat.size}:${stat.ino}`
}
