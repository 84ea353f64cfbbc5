import { release } from '../../contract/release.ts'

/** The first release whose workers tell theirs, so that one that tells none is older. */
const firstThatTells = '0.2.0'

/** Undefined: the worker that answered is of the release of this command. */
export function otherRelease(worker: string | undefined): string | undefined {
  if (worker === release) return undefined
  const theirs = worker ?? `older than ${firstThatTells}`
  return `this command is switchback ${release}, the worker is ${theirs}: use the command of the worker's release, or update the worker`
}
