import { DefaultLogger } from '@temporalio/worker'
import { expect, test } from 'vitest'
import { bundleWorkflows } from '../../src/worker/bundle.ts'
import { cachedBundle } from '../../src/worker/bundle-cache.ts'

test('a second worker of the same sources takes the bundle of the first, of the same variant', async () => {
  const first = await bundleWorkflows({}, { logger: new DefaultLogger('ERROR') })
  const second = await cachedBundle('', () => Promise.reject(new Error('bundled again')))
  expect(second).toEqual(first)
  expect(first.code).toContain('failover')
  await expect(cachedBundle('another', () => Promise.reject(new Error('bundled again')))).rejects.toThrow('bundled')
})
