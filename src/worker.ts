/** The program that `npm run worker` and the service start. `switchback worker` is the same. */
import { parseArguments } from './worker/arguments.ts'
import { workerProcess } from './worker/process.ts'

await workerProcess(parseArguments(process.argv))
