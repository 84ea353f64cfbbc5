/**
 * A program an operator might have: `stop`, `start` and `state` of one application whose state is a file in the working
 * directory. `behaviour.json` there says what goes wrong; `calls.jsonl` keeps what it was called with.
 */
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'

const [action, ...args] = process.argv.slice(2)
const read = (file, otherwise) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : otherwise)
const behaviour = read('behaviour.json', {})
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('SWITCHBACK_')))
appendFileSync('calls.jsonl', `${JSON.stringify({ action, args, env })}\n`)

if (action === 'state') {
  const state = read('state.json', { state: 'stopped' })
  if (behaviour.probeFails?.after === undefined || existsSync('acted'))
    if (behaviour.probeFails) {
      console.error(behaviour.probeFails.text)
      process.exit(7)
    }
  console.log(
    behaviour.stateText ?? `probing {now}\n${JSON.stringify({ state: 'unknown' })}\n${JSON.stringify(state)}\nbye`,
  )
} else {
  writeFileSync('acted', '')
  const change = () => {
    const [cluster, , topics = ''] = args
    writeFileSync(
      'state.json',
      JSON.stringify(
        action === 'stop' ? { state: 'stopped' } : { state: 'running', cluster, topics: topics.split(',') },
      ),
    )
  }
  if (behaviour.changesAfterMs) setTimeout(change, behaviour.changesAfterMs)
  else if (!behaviour.changesNothing) change()
  if (behaviour.daemon) {
    const daemon = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 25_000)'], { stdio: 'inherit' })
    daemon.unref()
    writeFileSync('daemon.json', JSON.stringify(daemon.pid))
  }
  if (behaviour.hangs) {
    const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setTimeout(() => {}, 60000)"])
    writeFileSync('pids.json', JSON.stringify([process.pid, child.pid]))
    setTimeout(() => {}, 60_000)
  }
  if (behaviour.fails) {
    for (let line = 1; line <= 9; line++) console.error(`reason ${line}`)
    process.exitCode = 3
  }
}
