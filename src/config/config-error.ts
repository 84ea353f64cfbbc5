/** The configuration cannot be used. `faults` has one sentence for each thing to mend, with its place in the file. */
export class ConfigError extends Error {
  readonly path: string
  readonly faults: string[]

  constructor(path: string, faults: string[]) {
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`
    super(`${path} has ${count}. Fix the file and try again:\n${faults.map((fault) => `- ${fault}`).join('\n')}`)
    this.name = 'ConfigError'
    this.path = path
    this.faults = faults
  }
}
