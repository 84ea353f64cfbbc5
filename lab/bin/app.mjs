#!/usr/bin/env node
/**
 * Stops, starts or looks at one of the lab's sample applications: the kind of command a switchback.yaml holds.
 *
 * app.mjs <stop|start|state> <name> [--cluster B] [--topics a,b] [--host URL]      (URL: or LAB_APPS)
 * Prints the application's state as one line of JSON; another exit code than 0 when that did not work.
 */
const usage = 'usage: app.mjs <stop|start|state> <name> [--cluster B] [--topics a,b] [--host URL, or LAB_APPS]'

function fail(message, code = 1) {
  console.error(message)
  process.exit(code)
}

const [action, name, ...rest] = process.argv.slice(2)
if (!['stop', 'start', 'state'].includes(action) || !name || name.startsWith('--')) fail(usage, 2)
const options = new Map()
for (let at = 0; at < rest.length; at += 2) {
  if (!/^--(cluster|topics|host)$/.test(rest[at]) || rest[at + 1] === undefined) fail(`${rest[at]}?\n${usage}`, 2)
  options.set(rest[at].slice(2), rest[at + 1])
}
const host = options.get('host') ?? process.env.LAB_APPS
if (!host) fail('where is the application host? Set LAB_APPS or --host', 2)
if (action === 'start' && !options.get('cluster')) fail('start needs --cluster', 2)

const url = `${host}/apps/${encodeURIComponent(name)}${action === 'state' ? '' : `/${action}`}`
const topics = options.get('topics')?.split(',').filter(Boolean)
try {
  const response = await fetch(url, {
    method: action === 'state' ? 'GET' : 'POST',
    ...(action === 'start' ? { body: JSON.stringify({ cluster: options.get('cluster'), topics }) } : {}),
  })
  const state = await response.json()
  if (!response.ok) fail(state.error ?? `${url} answered ${response.status}`)
  console.log(JSON.stringify(state))
} catch (error) {
  fail(`no answer from ${url}: ${error.cause?.message ?? error.message}`)
}
