import type { ApplicationPort, ApplicationTarget } from '../../../src/ports/applications.ts'
import { TOPIC } from './names.ts'

/** An application that does what it is told at once. */
export class MemoryApp implements ApplicationPort {
  readonly name: string
  readonly adapter = 'command'
  /** Where it runs. */
  at: { cluster: string; topics: string[] } | undefined

  constructor(name: string, cluster: string) {
    this.name = name
    this.at = { cluster, topics: [TOPIC] }
  }

  async state() {
    return this.at === undefined ? { state: 'stopped' as const } : { state: 'running' as const, ...this.at }
  }

  async stop() {
    this.at = undefined
    return this.state()
  }

  async start({ cluster, topics }: ApplicationTarget) {
    this.at = { cluster, topics }
    return this.state()
  }

  instruction(action: 'stop' | 'start'): string {
    return `${action} ${this.name}`
  }
}
