/** `node scripts/run.mjs NAME ARGS…`: sets up what is missing, then runs scripts/NAME.ts (`worker`: src/worker.ts). */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { reportingFailures, setup } from './setup.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const [name, ...args] = process.argv.slice(2)
const entry = name === 'worker' ? 'src/worker.ts' : `scripts/${name}.ts`

if (!name || name === '--help' || !existsSync(resolve(root, entry))) {
  const usage = 'usage: node scripts/run.mjs <lab|demo|test|bench|chaos|worker> [arguments]'
  console.error(name && name !== '--help' ? `${usage}\nthere is no ${entry}` : usage)
  process.exit(name === '--help' ? 0 : 1)
}

const asksForHelp = args.includes('--help') || args.includes('-h')
await reportingFailures(() =>
  setup({ browser: name === 'test' && !asksForHelp, packagesOnly: asksForHelp || name === 'worker' }),
)

// The working directory stays the caller's: paths on the command line are relative to it. tsx is found from here.
const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), resolve(root, entry), ...args], {
  stdio: 'inherit',
  // The child watches this process: when it is killed without a word, the lab must not stay behind.
  env: { ...process.env, SWITCHBACK_PARENT: String(process.pid) },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    // A terminal's Ctrl-C has reached the child already: it is in the same foreground group.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  })
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
