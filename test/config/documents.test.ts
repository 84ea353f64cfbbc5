import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { configurationDocument, documentPath } from '../../scripts/configuration-docs.ts'
import { ConfigError, loadConfig } from '../../src/config/load.ts'

const example = fileURLToPath(new URL('../../switchback.example.yaml', import.meta.url))

afterEach(() => {
  vi.unstubAllEnvs()
})

test('the example is a configuration without faults once its secrets are there', () => {
  const names = new Set([...readFileSync(example, 'utf8').matchAll(/\{ env: (\w+) \}/g)].map(([, name = '']) => name))
  for (const name of names) vi.stubEnv(name, undefined)
  expect(() => loadConfig(example)).toThrow(ConfigError)
  for (const name of names) vi.stubEnv(name, 'a secret')
  const config = loadConfig(example)
  const pair = config.pairs['accounting']
  expect(pair?.links.map(({ from, to }) => `${from}->${to}`)).toEqual(['A->B', 'B->A'])
  expect(pair?.applications.map(({ control }) => control.adapter)).toEqual(['command', 'command'])
  expect(pair?.desk.adapter).toBe('webhook')
})

test('the example for Event Streams is a configuration without faults once its secrets are there', () => {
  vi.stubEnv('IBMCLOUD_API_KEY', 'a secret')
  const config = loadConfig(fileURLToPath(new URL('../../switchback.event-streams.example.yaml', import.meta.url)))
  expect(config.pairs['accounting']?.links.map(({ backend, disable }) => `${backend} ${disable}`)).toEqual([
    'event-streams self-service',
    'event-streams ticket',
  ])
  expect(config.pairs['accounting']?.desk.adapter).toBe('ibm-cases')
})

test('docs/configuration.md is as the schema makes it (npx tsx scripts/configuration-docs.ts)', async () => {
  const current = readFileSync(documentPath, 'utf8')
  expect(current).toBe(await configurationDocument(current))
})

test('every key in the reference has a meaning', () => {
  const rows = readFileSync(documentPath, 'utf8')
    .split('\n')
    .filter((line) => /^\| `\w+`/.test(line))
  expect(rows.length).toBeGreaterThan(60)
  expect(rows.filter((line) => /\|\s*\|$/.test(line))).toEqual([])
})
