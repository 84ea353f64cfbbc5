import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folders = ['src/backends', 'src/controls', 'src/desks']

/** A folder for each: its name is the name that the configuration uses. */
const names = folders.flatMap((folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])),
)

/**
 * Words that are a backend's or desk's and a common word of the product as well. `manual`: whether a person acts, who is asked
 * and confirms, is a matter of the runbook. `command` and `webhook` are words for many things.
 */
const common = new Set(['manual', 'command', 'webhook'])

/** What names one although it should not, with why. The list may only become shorter. */
const exempt: Readonly<Record<string, string>> = {
  'src/workflows/steps/confirm-disabled.ts':
    'workflow code imports no declaration, and what open runs have recorded of their ticket is its name alone',
}

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `src/${name}`)

test('no file of the product outside their folders names a backend, a control or a desk', () => {
  expect(names).toEqual(expect.arrayContaining(['mirrormaker2', 'event-streams', 'ibm-cases', 'webhook', 'manual']))
  const quoted = new RegExp(`['"\`](?:${names.filter((name) => !common.has(name)).join('|')})['"\`]`)
  const found = sources.filter(
    (file) => !folders.some((folder) => file.startsWith(`${folder}/`)) && quoted.test(readFileSync(file, 'utf8')),
  )
  expect(found.sort()).toEqual(Object.keys(exempt).sort())
})
