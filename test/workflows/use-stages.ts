import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { PairStage } from './pair-stage.ts'
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
  return useStagesOf(name, (env, pair) => {
    const stage = new Stage(env, pair)
    prepare(stage)
    return stage
  })
}

/** The same of any kind of stage. `made`: as it is before its worker is up. */
export function useStagesOf<Kind extends PairStage>(
  name: string,
  made: (env: TestWorkflowEnvironment, pair: string) => Kind,
): () => Kind {
  let env: TestWorkflowEnvironment
  let stage: Kind
  let number = 0
  beforeAll(async () => {
    env = await startTemporal()
  })
  afterAll(async () => {
    await env?.teardown()
  })
  beforeEach(async () => {
    number += 1
    stage = made(env, `${name}-${number}`)
    await stage.startWorker()
  })
  afterEach(async () => {
    await stage.close()
  })
  return () => stage
}
