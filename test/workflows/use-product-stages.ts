import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { inNormalTimes, invoicesConfig, type RawConfig } from './invoices.ts'
import { ProductStage } from './product-stage.ts'
import { startTemporal } from './stage.ts'

/**
 * One Temporal server for the tests of a file, and a stage of its own for each of them, whose worker is up. `configured` changes the
 * configuration, `prepare` the world, before that.
 *
 * @example
 * const stage = useProductStages('story')
 * test('…', async () => { await stage().start('failover') })
 */
export function useProductStages(
  name: string,
  {
    configured,
    prepare = () => undefined,
  }: { configured?: (raw: RawConfig) => void; prepare?: (stage: ProductStage) => void } = {},
): () => ProductStage {
  let env: TestWorkflowEnvironment
  let stage: ProductStage
  let number = 0
  beforeAll(async () => {
    env = await startTemporal()
  })
  afterAll(async () => {
    await env?.teardown()
  })
  beforeEach(async () => {
    number += 1
    const pair = `${name}-${number}`
    stage = new ProductStage(env, invoicesConfig(pair, configured), pair)
    inNormalTimes(stage.world)
    prepare(stage)
    await stage.startWorker()
  })
  afterEach(async () => {
    await stage.close()
  })
  return () => stage
}
