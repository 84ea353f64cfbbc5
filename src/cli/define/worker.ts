import type { Command } from 'commander'
import { workerCommand, workerOptions } from '../../worker/arguments.ts'
import type { GlobalOptions } from '../options.ts'
import { example } from './parse.ts'

/** The worker itself: the program of the service, under the name that is on the path. */
export function defineWorker(program: Command): void {
  const worker = workerCommand('worker')
    .copyInheritedSettings(program)
    .addHelpText('after', example('switchback worker --config switchback.yaml --http 9464'))
    .action(async () => {
      // The command's own options are found wherever they stand, --config too.
      const { config, address, namespace } = program.opts<GlobalOptions>()
      const options = workerOptions(worker)
      // The worker finds Temporal by the environment alone.
      if (address !== undefined) process.env['TEMPORAL_ADDRESS'] = address
      if (namespace !== undefined) process.env['TEMPORAL_NAMESPACE'] = namespace
      const { workerProcess } = await import('../../worker/process.ts')
      await workerProcess(config === undefined ? options : { ...options, config })
    })
  program.addCommand(worker)
}
