import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Spoiled } from './answers.ts'
import type { Told } from './front.ts'
import type { OwnerName } from './owners.ts'

/** `front.ts` in a process of its own, which ends with this one. */
export class Fronts {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'front.ts'), { execArgv: ['--import', 'tsx'] })

  /** Listens with this owner's answers; its address. */
  async open(owner: OwnerName, address = ''): Promise<string> {
    const { url } = await this.#tell({ open: owner, address })
    if (url === undefined) throw new Error('no address')
    return url
  }

  /** From now on answers are spoiled in this way; requests count from here. */
  async spoil(how: Spoiled | null): Promise<void> {
    await this.#tell({ spoil: how })
  }

  async close(): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.disconnect()
    await exit
  }

  async #tell(told: Told): Promise<{ url?: string }> {
    const answer = once(this.#child, 'message')
    this.#child.send(told)
    const [said] = (await answer) as [{ url?: string }]
    return said
  }
}
