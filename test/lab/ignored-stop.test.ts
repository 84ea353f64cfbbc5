import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { readSent } from '../../lab/apps/records.ts'
import { until } from '../../lab/process/wait.ts'
import { LIMIT_MS, PATIENCE_MS } from '../patience.ts'
import { useLab } from './harness.ts'
import { Product, timing } from './product.ts'

const topic = 'accounting.invoices'

const lab = useLab({
  topics: [{ name: topic, partitions: 2 }],
  startApplicationsOn: 'A',
  recordsPerSecond: 40,
  timing: { ...timing, stepBudget: 2_000 },
})
let product: Product

/** A producer whose probe says "stopped" whatever it does, and that no fence can deny. */
function withDeafProducer(file: string): void {
  const config = parse(readFileSync(file, 'utf8')) as {
    pairs: Record<string, { applications: Record<string, unknown>[]; fence?: object }>
  }
  for (const pair of Object.values(config.pairs)) {
    pair.fence = { ignorePrincipals: ['User:producer-app'] }
    for (const app of pair.applications.filter(({ kind }) => kind === 'producer')) {
      delete app['principal']
      const state = ['printf', '{"state":"stopped"}']
      app['control'] = { adapter: 'command', stop: ['true'], start: ['true'], state }
    }
  }
  writeFileSync(file, stringify(config))
}

beforeAll(async () => {
  withDeafProducer(lab().configFile)
  product = await Product.on(lab())
}, LIMIT_MS)
afterAll(() => product?.close())

test(
  'a producer that ignores the stop order is named with what it writes, and the run goes on when it is stopped',
  async () => {
    await until(() => readSent(lab().dir).length > 20, { what: 'no record', timeoutMs: PATIENCE_MS })
    await product.ready()
    const run = await product.start('failover')
    await run.approve()
    const asked = await run.question('fence-source')
    expect(asked.text).toContain('no producer has a principal')
    await run.send('decide', { question: asked.id, action: 'proceed', by: 'owner', reason: 'a test' })
    const seen = await run.until('a word on who writes', ({ waitingFor }) =>
      waitingFor.some(({ text }) => text.includes('A producer is still writing')),
    )
    expect(seen.steps.find(({ id }) => id === 'stop-producers')?.state).toBe('done')
    expect(seen.waitingFor.map(({ text }) => text).join()).toMatch(
      /A producer is still writing to A: accounting\.invoices-\d from \d+ to \d+ in [\d.]+ s \([\d.]+ a second; producer id \d+/,
    )
    expect(seen.pointOfNoReturnAt).toBeNull()
    // So that it stands behind the fence, where stepping back is safe.
    await run.send('pause', { by: 'owner' })
    await lab().apps.stop('invoicing')
    await run.untilStep('fence-source', ['done'])
    await run.handle.cancel()
    const ended = await run.until('its end', ({ state }) => state === 'aborted')
    expect(ended.notes).toContain('procedural fence accepted by owner')
  },
  LIMIT_MS,
)
