import type { ManagedProcess } from './managed-process.ts'

/** Processes that are one thing to whoever looks from outside: the brokers of a cluster, the workers of a Connect cluster. */
export class ProcessGroup {
  readonly members: readonly ManagedProcess[]

  constructor(members: readonly ManagedProcess[]) {
    this.members = members
  }

  /** Of the first that runs; undefined while none does. */
  get pid(): number | undefined {
    return this.members.find(({ running }) => running)?.pid
  }

  /** All of them are started before one is waited for: brokers need each other to serve. */
  async start(): Promise<void> {
    this.launch()
    await this.waitUntilReady()
  }

  launch(): void {
    for (const member of this.members) member.launch()
  }

  async waitUntilReady(): Promise<void> {
    await Promise.all(this.members.map((member) => member.waitUntilReady()))
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()))
  }

  /** SIGKILL of all. */
  async kill(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()))
  }

  /** SIGSTOP of all. */
  pause(): void {
    for (const member of this.members) member.pause()
  }

  resume(): void {
    for (const member of this.members) member.resume()
  }
}
