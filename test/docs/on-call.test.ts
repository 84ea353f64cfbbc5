import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { stepIds } from '../../src/contract/steps.ts'
import { watchCodes } from '../../src/contract/watch.ts'
import { assessCodes } from '../../src/domain/assess/codes.ts'
import { codeSpans, read, section, tableRows } from './documents.ts'

const page = read('docs/on-call.md')
const headings = new Set(
  [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text.toLowerCase().replaceAll('`', '').replaceAll(' ', '-')),
)

/** What the first cells of a section's tables name. */
function named(heading: string): Set<string> {
  return new Set(tableRows(section(page, heading)).flatMap(([first = '']) => codeSpans(first)))
}

test.each(stepIds)('a question of %s has rows: what it says and what to do', (step) => {
  const rows = tableRows(section(page, `### \`${step}\``))
  expect(rows).not.toEqual([])
  for (const [, todo = ''] of rows) expect(todo, step).not.toBe('')
})

test('every finding of assess has its row', () => {
  const rows = named('## Findings of assess')
  expect(assessCodes.filter((code) => !rows.has(code))).toEqual([])
})

test('every finding of the watch has its row', () => {
  const rows = named('## Findings of the watch')
  expect(watchCodes.filter((code) => !rows.has(code))).toEqual([])
})

test('every alert of Prometheus has its row, and no other has', () => {
  const { groups } = parse(read('deploy/alerts.yaml')) as { groups: { rules: { alert: string }[] }[] }
  const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert))
  expect([...named('## Alerts of Prometheus')].toSorted()).toEqual(alerts.toSorted())
})

test('every exit code has its row', () => {
  const rows = tableRows(section(page, '## Exit codes')).map(([code]) => Number(code))
  expect(rows).toEqual(Object.values(exitCodes).toSorted((a, b) => a - b))
})

test('every place on the page that a message names is there', () => {
  const folder = fileURLToPath(new URL('../../src/', import.meta.url))
  const places = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...read(`src/${name}`).matchAll(/onCall\('([\w-]+)'\)|on-call\.md#([\w-]+)/g)])
    .map(([, called, written]) => called ?? written ?? '')
  expect(places.length).toBeGreaterThan(4)
  expect(places.filter((place) => !headings.has(place))).toEqual([])
})
