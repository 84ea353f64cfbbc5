import { expect, test } from 'vitest'
import { citations, hasTest, inRepository, read, section, tableRows } from './documents.ts'

const attackers = section(read('SECURITY.md'), '## What each attacker can do')
const rows = tableRows(attackers)
const told = rows.filter((cells) => cells.length === 4).map(([who = '']) => who)
const played = rows.filter((cells) => cells.length === 2)

test('each attacker of the table is played by a test that exists', () => {
  expect(told.length).toBeGreaterThan(8)
  expect(played.map(([who]) => who)).toEqual(told)
  for (const [who, by = ''] of played) {
    expect(citations(by).length, who).toBeGreaterThan(0)
    for (const { file, title } of citations(by))
      expect(title !== null && inRepository(file) && hasTest(read(file), title), `${file}: ${title}`).toBe(true)
  }
})

test('every attack that is played on the lab is one of a row', () => {
  const file = 'test/attacks/attacks.test.ts'
  const cited = new Set(played.flatMap(([, by = '']) => citations(by)).map(({ title }) => title))
  const titles = [...read(file).matchAll(/^test\('([^']+)'/gm)].map(([, title]) => title)
  expect(titles.length).toBeGreaterThan(5)
  expect(titles.filter((title) => !cited.has(title ?? ''))).toEqual([])
})
