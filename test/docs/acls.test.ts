import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { defaults } from '../../lab/grounds/defaults.ts'
import type { Grant } from '../../lab/grounds/grants.ts'
import { mirrorGrants, switchbackRows } from '../../lab/grounds/logins.ts'
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

/** The rows of the table behind a text, without what they are for. */
function rowsOf(behind: string): string[][] {
  const from = document.indexOf(behind)
  const lines = document.slice(from, document.indexOf('\n\n', document.indexOf('\n|', from))).split('\n')
  const rows = lines.filter((line) => line.startsWith('|')).slice(2)
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -2)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

const camel = (words: string) =>
  words
    .split('_')
    .map((word) => `${word.charAt(0)}${word.slice(1).toLowerCase()}`)
    .join('')

const cellsOf = (
  { resource, name, pattern }: Pick<Grant, 'resource' | 'name' | 'pattern'>,
  operations: readonly string[],
) => [camel(resource), name, pattern.toLowerCase(), operations.map(camel).join(', ')]

test.each(['watch', 'act'] as const)("Switchback's documented ACLs are those of its login %s, by feature", (login) => {
  const rows = switchbackRows(scene).filter((row) => row.login === login)
  expect(rowsOf(`**Switchback, the login \`${login}\`**`)).toEqual(
    rows.map((row) => [row.feature, ...cellsOf(row, row.operations)]),
  )
})

test('the two users of the ground defaults have these and no other ones, each once', () => {
  const wanted = switchbackRows(scene).flatMap((row) =>
    row.operations.map((operation) => [row.login, ...cellsOf(row, [operation])].join(' ')),
  )
  const logins = new Map([
    [defaults.login, 'watch'],
    [defaults.act, 'act'],
  ])
  const granted = defaults
    .grants(scene)
    .flatMap((grant) =>
      logins.has(grant.user) ? [[logins.get(grant.user), ...cellsOf(grant, [grant.operation])].join(' ')] : [],
    )
  expect(granted.sort()).toEqual([...new Set(wanted)].sort())
})

test("MirrorMaker's documented ACLs are those it has on the ground defaults", () => {
  const each = (rows: string[][]) =>
    rows.flatMap(([resource, name, pattern, operations = '']) =>
      operations.split(', ').map((operation) => [resource, name, pattern, operation].join(' ')),
    )
  expect(each(rowsOf('**MirrorMaker and its Connect workers**')).sort()).toEqual(
    each(mirrorGrants(scene).map((grant) => cellsOf(grant, [grant.operation]))).sort(),
  )
})
