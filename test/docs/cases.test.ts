import { expect, test } from 'vitest'
import { citations, hasTest, inRepository, read, tableRows } from './documents.ts'

const cases = read('docs/cases.md')

test('every test that the list of cases names exists', () => {
  const named = citations(cases)
  expect(named.length).toBeGreaterThan(60)
  const missing = named.filter(
    ({ file, title }) => !inRepository(file) || (title !== null && !isThere(read(file), title)),
  )
  expect(missing).toEqual([])
})

test('every case has a test, and says what is not covered', () => {
  const rows = tableRows(cases)
  expect(rows.length).toBeGreaterThan(30)
  for (const [told = '', tests = '', , gap = ''] of rows) {
    expect(citations(tests), told).not.toEqual([])
    expect(gap, told).not.toBe('')
  }
})

/** A table of examples has its title behind the table. */
function isThere(source: string, title: string): boolean {
  return hasTest(source, title) || source.includes(`])('${title}',`)
}
