import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { operations } from '../../src/contract/names.ts'
import { stepIds } from '../../src/contract/steps.ts'
import { assessCodes } from '../../src/domain/assess/codes.ts'
import { stepsOf } from '../../src/domain/plan/plan.ts'
import type { Step } from '../../src/workflows/runbook/step.ts'
import { coverageDocument } from '../../scripts/coverage-docs.ts'
import { citations, codeSpans, hasTest, inRepository, read, section, tableRows } from './documents.ts'

const runbook = read('docs/runbook.md')
const coverage = read('docs/coverage.md')
const scenario = tableRows(section(coverage, '## The scenario, sentence by sentence'))
const known = new Set<string>(stepIds)

/** Every step that the source defines, by its id. */
async function definitions(): Promise<Map<string, Step>> {
  const found = new Map<string, Step>()
  const folder = new URL('../../src/workflows/steps/', import.meta.url)
  for (const name of readdirSync(fileURLToPath(folder))) {
    const module = (await import(new URL(name, folder).href)) as Record<string, unknown>
    for (const value of Object.values(module)) {
      if (typeof value === 'object' && value !== null && 'touchesSource' in value) {
        const step = value as Step
        found.set(step.id, step)
      }
    }
  }
  return found
}

test('the coverage is what its script makes of the scenario and the runbook', async () => {
  expect(coverage).toBe(await coverageDocument(runbook))
})

test('every sentence of the scenario has steps that exist, and tests', () => {
  expect(scenario.length).toBeGreaterThan(25)
  for (const [sentence = '', steps = '', tests = ''] of scenario) {
    const ids = codeSpans(steps)
    expect(ids, sentence).not.toEqual([])
    expect(
      ids.filter((id) => !known.has(id)),
      sentence,
    ).toEqual([])
    expect(
      citations(tests).filter(({ title }) => title !== null),
      sentence,
    ).not.toEqual([])
  }
})

test('every step carries a sentence of the scenario', () => {
  const carrying = new Set(scenario.flatMap(([, steps = '']) => codeSpans(steps)))
  expect(stepIds.filter((id) => !carrying.has(id))).toEqual([])
})

test('every test that the runbook and its coverage name exists', () => {
  const named = [...citations(runbook), ...citations(coverage)]
  expect(named.length).toBeGreaterThan(60)
  const missing = named.filter(
    ({ file, title }) => !inRepository(file) || (title !== null && !hasTest(read(file), title)),
  )
  expect(missing).toEqual([])
})

test('every trap has a guard and a test', () => {
  const traps = tableRows(section(runbook, "## The ground's traps"))
  expect(traps.length).toBeGreaterThan(8)
  for (const [trap = '', guard = '', tests = ''] of traps) {
    expect(guard, trap).not.toBe('')
    expect(citations(tests), trap).not.toEqual([])
  }
})

test('every step has its own section', () => {
  const headings = [...section(runbook, '## The steps').matchAll(/^### `(.+)`$/gm)].map(([, id]) => id)
  expect(headings).toHaveLength(stepIds.length)
  expect(new Set(headings)).toEqual(known)
})

test('the table of properties is as the steps define it', async () => {
  const yes = (value: boolean | undefined) => (value === true ? 'yes' : 'no')
  const rows = tableRows(section(runbook, '## Properties of the steps')).map(([id, ...rest]) => [
    codeSpans(id ?? '')[0],
    ...rest,
  ])
  const steps = await definitions()
  expect(rows).toEqual(
    rows.map(([id = '']) => {
      const step = steps.get(id)
      if (!step) return [`no step is called ${id}`]
      return [
        id,
        yes(step.touchesSource),
        step.skip,
        yes(step.pointOfNoReturn),
        yes('undo' in step),
        yes('obligations' in step),
      ]
    }),
  )
  expect(new Set(rows.map(([id]) => id))).toEqual(known)
})

test('every code of a finding is in the table of the assessment', () => {
  const named = new Set(codeSpans(section(runbook, '### `assess`')))
  expect(assessCodes.filter((code) => !named.has(code))).toEqual([])
})

test('the lists of the operations are those of the plans', () => {
  const rows = new Map(
    tableRows(section(runbook, '## The operations')).map(([name = '', steps = '']) => [name, codeSpans(steps)]),
  )
  const ids = (...plan: Parameters<typeof stepsOf>) => stepsOf(...plan).map(({ id }) => id)
  expect(rows.get('`failover`')).toEqual(ids('failover', 'lag-first'))
  expect(rows.get('`failover` documented')).toEqual(ids('failover', 'documented'))
  expect(rows.get('`reset` recover')).toEqual(ids('reset', 'lag-first', 'recover'))
  expect(rows.get('`reset` replace')).toEqual(ids('reset', 'lag-first', 'replace'))
  // In words up to start-consumers, then step by step.
  expect(rows.get('`failback`')?.slice(2)).toEqual(ids('failback', 'lag-first').slice(13))
  expect(ids('failback', 'lag-first').slice(0, 13)).toEqual(ids('failover', 'lag-first').slice(0, 13))
  expect(operations).toHaveLength(3)
})
