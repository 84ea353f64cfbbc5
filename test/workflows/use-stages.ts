import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { Stage, startTemporal } from './stage.ts'

/**
 * One Temporal server for the tests of a file, and a stage of its own for each of them, whose worker is up. `prepare`
 * changes the world before that.
 *
 * @example
 * const stage = useStages('story')
 * test('…', async () => { await stage().start('failover') })
 */
export function useStages(name: string, prepare: (stage: Stage) => void = () => undefined): () => Stage {
  let env: TestWorkflowEnvironment
  let stage: Stage
  let number = 0
  beforeAll(async () => {
    env = await startTemporal()
  })
  afterAll(async () => {
    await env?.teardown()
  })
  beforeEach(async () => {
    number += 1
    stage = new Stage(env, `${name}-${number}`)
    prepare(stage)
    await stage.startWorker()
  })
  afterEach(async () => {
    await stage.close()
  })
  return () => stage
}
