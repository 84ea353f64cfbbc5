import { expect, test } from 'vitest'
import { createApplication } from '../../src/controls/application.ts'
import type { ApplicationConfig } from '../../src/config/schema.ts'
import type { ApplicationTarget } from '../../src/ports/applications.ts'

const config: ApplicationConfig = {
  name: 'ledger',
  kind: 'consumer',
  group: 'accounting-ledger',
  topics: ['invoices'],
  control: { adapter: 'manual', instruction: 'call the night shift.' },
}

test('a manual application is never known to run: a person is told what to do', async () => {
  const port = createApplication('accounting', config, {})
  const stop =
    'Stop the consumer ledger (topics invoices, group accounting-ledger) and make sure that nothing starts it again. How: call the night shift.'
  expect(port.instruction('stop')).toBe(stop)
  expect(await port.stop('k')).toEqual({ state: 'unknown', detail: stop })
  expect(await port.state()).toMatchObject({ state: 'unknown' })
  const target: ApplicationTarget = { cluster: 'B', topics: ['invoices.A'], phase: 'remote-first' }
  const start =
    'Start the consumer ledger on cluster B: it reads only these topics for now: invoices.A, group accounting-ledger. How: call the night shift.'
  expect(await port.start(target, 'k')).toEqual({ state: 'unknown', detail: start })
})
