#!/usr/bin/env node
/**
 * Stops, starts, prepares or looks at one of the lab's sample applications: the kind of command a switchback.yaml holds.
 *
 * app.mjs <stop|start|prepare|state> <name> [--cluster B] [--topics a,b] [--group g] [--host URL]      (URL: or LAB_APPS)
 * Prints the application's state as one line of JSON; another exit code than 0 when that did not work.
 */
import { request } from 'node:http'
import { text } from 'node:stream/consumers'

const usage =
  'usage: app.mjs <stop|start|prepare|state> <name> [--cluster B] [--topics a,b] [--group g] [--host URL, or LAB_APPS]'

function fail(message, code = 1) {
  console.error(message)
  process.exit(code)
}

const [action, name, ...rest] = process.argv.slice(2)
if (!['stop', 'start', 'prepare', 'state'].includes(action) || !name || name.startsWith('--')) fail(usage, 2)
const options = new Map()
for (let at = 0; at < rest.length; at += 2) {
  if (!/^--(cluster|topics|group|host)$/.test(rest[at]) || rest[at + 1] === undefined) fail(`${rest[at]}?\n${usage}`, 2)
  options.set(rest[at].slice(2), rest[at + 1])
}
const host = options.get('host') ?? process.env.LAB_APPS
if (!host) fail('where is the application host? Set LAB_APPS or --host', 2)
if (['start', 'prepare'].includes(action) && !options.get('cluster')) fail(`${action} needs --cluster`, 2)

const url = `${host}/apps/${encodeURIComponent(name)}${action === 'state' ? '' : `/${action}`}`
const topics = options.get('topics')?.split(',').filter(Boolean)

/** Not `fetch`, which takes longer to load than all else here: a run starts this some fifty times. */
async function ask(method, body) {
  const response = await new Promise((resolve, reject) => {
    request(url, { method, agent: false }, resolve).on('error', reject).end(body)
  })
  return { status: response.statusCode, answer: JSON.parse(await text(response)) }
}

try {
  const cluster = options.get('cluster') || undefined
  const bodies = { state: undefined, stop: { cluster } }
  const body = action in bodies ? bodies[action] : { cluster, topics, group: options.get('group') }
  const { status, answer } = await ask(action === 'state' ? 'GET' : 'POST', JSON.stringify(body))
  if (status !== 200) fail(answer.error ?? `${url} answered ${status}`)
  console.log(JSON.stringify(answer))
} catch (error) {
  fail(`no answer from ${url}: ${error.message}`)
}
