import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Grant } from '../../lab/grounds/grants.ts'
import { mirrorGrants, switchbackGrants } from '../../lab/grounds/logins.ts'
import { defaultApplications } from '../../lab/options.ts'

const topics = [{ name: 'accounting.invoices', partitions: 1 }]
const scene = {
  alias: 'A',
  others: ['B'],
  naming: 'prefix',
  topics,
  applications: defaultApplications(topics),
} as const

const document = readFileSync(new URL('../../docs/production.md', import.meta.url), 'utf8')

/** The rows of the table behind a text: "Topic accounting. prefixed Read". */
function documented(behind: string): string[] {
  const from = document.indexOf(behind)
  const lines = document.slice(from, document.indexOf('\n\n', document.indexOf('\n|', from))).split('\n')
  const rows = lines.filter((line) => line.startsWith('|')).slice(2)
  return rows
    .map((row) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .flatMap(([, resource, name, pattern, operations = '']) =>
      operations.split(', ').map((operation) => `${resource} ${name} ${pattern} ${operation}`),
    )
    .sort()
}

const camel = (words: string) =>
  words
    .split('_')
    .map((word) => `${word.charAt(0)}${word.slice(1).toLowerCase()}`)
    .join('')

function granted(grants: readonly Grant[]): string[] {
  return grants
    .map(
      ({ resource, name, pattern, operation }) =>
        `${camel(resource)} ${name} ${pattern.toLowerCase()} ${camel(operation)}`,
    )
    .sort()
}

test("Switchback's documented ACLs are those it has on the ground defaults", () => {
  expect(documented('**Switchback** (`clusters.')).toEqual(granted(switchbackGrants(scene)))
})

test("MirrorMaker's documented ACLs are those it has on the ground defaults", () => {
  expect(documented('**MirrorMaker and its Connect workers**')).toEqual(granted(mirrorGrants(scene)))
})
