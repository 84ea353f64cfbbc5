import { expect, test, vi } from 'vitest'
import { backendOption } from '../../scripts/backend-option.ts'
import { parseOptions } from '../../scripts/demo/options.ts'
import { configurationDocument, documentPath } from '../../scripts/configuration-docs.ts'
import { readFileSync } from 'node:fs'
import { stopsOf } from '../../src/activities/ticket-connectors.ts'
import { createPorts } from '../../src/adapters/ports.ts'
import { insecureSettings } from '../../src/config/insecure.ts'
import { loadConfig } from '../../src/config/load.ts'
import { faultsOf, pairOf, smallest, written } from './support.ts'

/** All that is done for it besides its folder: the entry. */
vi.mock('../../src/backends/catalogue.ts', async (original) => {
  const { backends } = await original<{ backends: object[] }>()
  const { inMemory } = await import('./in-memory-backend/declaration.ts')
  return { backends: [...backends, inMemory] }
})

function tree(link: object = {}) {
  const whole = smallest()
  pairOf(whole)['mirroring'] = { backend: 'in-memory' }
  pairOf(whole).links = [
    { from: 'A', to: 'B', ...link },
    { from: 'B', to: 'A' },
  ]
  return whole
}

test('its links are read, with its defaults, and its faults are told in their places', () => {
  const [first] = loadConfig(written(tree())).pairs['accounting']?.links ?? []
  expect(first).toEqual({ from: 'A', to: 'B', backend: 'in-memory', disable: 'self-service', speed: 7 })
  expect(faultsOf(tree({ speed: 0 }))).toEqual([expect.stringMatching(/links\[0\]\.speed: is too small: at least 1/)])
  expect(faultsOf(tree({ speed: 13 }))).toEqual([expect.stringMatching(/links\[0\]\.speed: is an unlucky number/)])
  // What is said of a link that another backend mirrors is no key of this one.
  expect(faultsOf(tree({ pollMs: 50 }))).toEqual([expect.stringMatching(/links\[0\]\.pollMs: is not known here/)])
})

test('who chooses a backend is shown all three', async () => {
  const wrong = pairOf(tree())
  wrong['mirroring'] = { backend: 'in-memry' }
  expect(faultsOf({ ...tree(), pairs: { accounting: wrong } }).join('\n')).toContain('did you mean "in-memory"?')
  expect(backendOption().argChoices).toEqual(['mirrormaker2', 'event-streams', 'in-memory'])
  expect(parseOptions(['--backend', 'in-memory']).backend).toBe('in-memory')
})

test('the reference describes its links', async () => {
  const text = await configurationDocument(readFileSync(documentPath, 'utf8'))
  expect(text).toContain('`pairs.<pair>.links[]` with `backend: in-memory`')
  expect(text).toMatch(/`speed` .*records a second/)
})

test('its link is opened by its first use, and what depends on the kind of mirroring asks it', async () => {
  const config = loadConfig(written(tree()))
  const port = createPorts(() => config).mirroring('accounting', 'A', 'B')
  expect(['flush', 'witness', 'findings'].filter((act) => act in port)).toEqual([])
  expect(await port.describe()).toMatchObject({ state: 'running', detail: 'the variable of accounting' })
  expect(stopsOf(config, 'accounting', { from: 'A', to: 'B' }).words).toEqual(['Set the variable to null.'])
  expect(insecureSettings(config)).toContainEqual({
    path: ['pairs', 'accounting', 'links', 0],
    message: 'whoever has a debugger reads it: use it in tests alone',
  })
})
