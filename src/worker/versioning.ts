import type { WorkerDeploymentOptions } from '@temporalio/worker'
import type { WorkerOptions } from './arguments.ts'

/**
 * What the workers tell Temporal of their build. Without a deployment they are not versioned, and any worker takes any
 * task. Pairs always move with the current build: they live for ever, and no build does.
 */
export function versioning({
  deployment,
  buildId,
  openRuns,
}: Pick<WorkerOptions, 'deployment' | 'buildId' | 'openRuns'>): WorkerDeploymentOptions | undefined {
  if (deployment === undefined || buildId === undefined) return undefined
  return {
    version: { deploymentName: deployment, buildId },
    useWorkerVersioning: true,
    defaultVersioningBehavior: openRuns === 'stay' ? 'PINNED' : 'AUTO_UPGRADE',
  }
}
