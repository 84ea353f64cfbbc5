import { readSecret } from '../../config/secret.ts'
import type { CommandConfig } from './settings.ts'

/** What a program needs to run at all. Everything else of the worker's environment, its secrets above all, is not given to it. */
const inherited = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']

/** The environment of a control program: what it needs to run, then `control.env`, then SWITCHBACK_… Throws when a secret cannot be read. */
export function commandEnvironment(
  configured: CommandConfig['env'],
  ours: Record<string, string>,
): Record<string, string> {
  const needed = inherited.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  const more = Object.entries(configured ?? {}).map(
    ([name, value]) => [name, typeof value === 'string' ? value : readSecret(value)] as const,
  )
  return { ...Object.fromEntries(needed), ...Object.fromEntries(more), ...ours }
}
