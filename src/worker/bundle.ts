import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BundleOptions, bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker'
import type { DataConverter } from '@temporalio/common'
import { payloadConverterPath } from '../payloads/converter-path.ts'
import { cachedBundle } from './bundle-cache.ts'

/** Beside the sources they are .ts, in `dist` .js. */
function workflowFile(name: string): string {
  return fileURLToPath(new URL(`../workflows/${name}${extname(import.meta.url)}`, import.meta.url))
}

/**
 * Everything that runs in the workflow sandbox: workflows, what guards them, and the payload converter. A replay needs it as the
 * worker does.
 */
export const sandbox = {
  workflowsPath: workflowFile('index'),
  /** Intercept every workflow of ours. */
  workflowInterceptorModules: [workflowFile('reserved-names')],
  /** Loaded once for all workflows of a worker: the modules have no state of their own. */
  preloadModules: [workflowFile('shared')],
  payloadConverterPath,
}

/** `failureConverterPath`: where a codec is configured, the sandbox writes failures as payloads too. `left`: the folder where a new one stays. */
export function bundleWorkflows(
  { failureConverterPath }: Pick<DataConverter, 'failureConverterPath'>,
  options: Pick<BundleOptions, 'logger'>,
  left?: string,
): Promise<WorkflowBundle> {
  const encoded = failureConverterPath === undefined ? {} : { failureConverterPath }
  return cachedBundle(
    Object.keys(encoded).join(),
    () => bundleWorkflowCode({ ...options, ...sandbox, ...encoded }),
    left,
  )
}
