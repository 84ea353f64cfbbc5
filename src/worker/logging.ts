import { DefaultLogger, Runtime } from '@temporalio/worker'

/** One logger for the SDK's TypeScript and native parts, on stderr; natively only what somebody must look at. */
export function installRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('INFO'),
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
  })
}
