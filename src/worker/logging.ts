import { DefaultLogger, Runtime } from '@temporalio/worker'
import { addressText, type ListenAddress } from './watched/address.ts'

/**
 * One logger for the SDK's TypeScript and native parts, on stderr; natively only what somebody must look at. With
 * `metrics` the SDK shows its own ones there, at `/metrics`.
 */
export function installRuntime(metrics: ListenAddress | undefined): void {
  Runtime.install({
    logger: new DefaultLogger('INFO'),
    // Signals are ours: the SDK's first one would be lost while the worker starts, and there would be no limit.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      ...(metrics === undefined
        ? {}
        : {
            metrics: {
              // As Prometheus names them: counters end in _total, and durations are in seconds and say so.
              prometheus: {
                bindAddress: addressText(metrics),
                countersTotalSuffix: true,
                unitSuffix: true,
                useSecondsForDurations: true,
              },
            },
          }),
    },
  })
}
