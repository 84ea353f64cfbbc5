import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type OpenRuns } from '../../src/worker/arguments.ts'
import { versioning } from '../../src/worker/versioning.ts'
import { PATIENCE_MS } from '../patience.ts'
import { resultOf, Stage, startTemporal, waitingAt } from './stage.ts'

let env: TestWorkflowEnvironment
beforeAll(async () => {
  env = await startTemporal()
})
afterAll(async () => {
  await env.teardown()
})

/** A stage whose workers are builds of one deployment. */
class Builds extends Stage {
  async startBuild(buildId: string, openRuns: OpenRuns): Promise<void> {
    await this.startWorker(undefined, versioning({ deployment: this.pair, buildId, openRuns }))
    const current = { namespace: 'default', deploymentName: this.pair, buildId, identity: 'test' }
    // Temporal knows a build once it has polled, on both queues.
    await vi.waitFor(() => this.client.workflowService.setWorkerDeploymentCurrentVersion(current), {
      timeout: PATIENCE_MS,
      interval: 200,
    })
  }

  /** Its workers end; their looks give up at once. */
  async leaveBuild(): Promise<void> {
    this.world.over = true
    await this.stopWorker()
    this.world.over = false
  }

  /** The build that carried out a workflow's last task. */
  async buildOf(workflowId: string): Promise<string | null | undefined> {
    const { raw } = await this.client.workflow.getHandle(workflowId).describe()
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId
  }
}

test('a run that waits for its ticket is taken up by the next build, which is alone', async () => {
  const stage = new Builds(env, 'builds-move')
  try {
    await stage.startBuild('one', 'move')
    expect((await resultOf(await stage.start('failover'))).state).toBe('succeeded')
    const reset = await stage.start('reset', { branch: 'recover' })
    await waitingAt(reset, 'await-ticket')
    expect(await stage.buildOf(reset.workflowId)).toBe('one')
    await stage.leaveBuild()
    await stage.startBuild('two', 'move')
    await stage.throughTicket(reset, 'A->B')
    expect((await resultOf(reset)).state).toBe('succeeded')
    expect(await stage.buildOf(reset.workflowId)).toBe('two')
    expect(stage.world.count('open ticket')).toBe(1)
  } finally {
    await stage.close()
  }
})

test('with open runs that stay, a run ends on the build it began with, and the pair moves', async () => {
  const stage = new Builds(env, 'builds-stay')
  try {
    await stage.startBuild('one', 'stay')
    stage.world.lag = 7
    const failover = await stage.start('failover')
    await waitingAt(failover, 'confirm-mirrored')
    await stage.startBuild('two', 'stay')
    stage.world.lag = 0
    expect((await resultOf(failover)).state).toBe('succeeded')
    expect(await stage.buildOf(failover.workflowId)).toBe('one')
    await vi.waitFor(async () => expect(await stage.buildOf(stage.pairHandle().workflowId)).toBe('two'), {
      timeout: PATIENCE_MS,
      interval: 200,
    })
  } finally {
    await stage.close()
  }
})
