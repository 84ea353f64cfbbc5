import { DefaultLogger } from '@temporalio/worker'
import { failureConverterPath } from '../payloads/converter-path.ts'
import { bundleWorkflows } from './bundle.ts'
import { intoBuild } from './bundle-cache.ts'

/** Part of `npm run build`: a worker of the build makes no bundle and needs no folder to write to. */
intoBuild()
for (const options of [{}, { failureConverterPath }])
  await bundleWorkflows(options, { logger: new DefaultLogger('WARN') })
