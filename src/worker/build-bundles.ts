import { DefaultLogger } from '@temporalio/worker'
import { failureConverterPath } from '../payloads/converter-path.ts'
import { bundleWorkflows } from './bundle.ts'
import { ofBuild } from './bundle-cache.ts'

/** Part of `npm run build`: a worker of the build makes no bundle and needs no folder to write to. */
for (const variant of [{}, { failureConverterPath }])
  await bundleWorkflows(variant, { logger: new DefaultLogger('WARN') }, ofBuild)
