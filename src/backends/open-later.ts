import type { MirroringPort } from '../ports/mirroring.ts'
import { onFirstUse } from '../ports/on-first-use.ts'
import type { Around, Link, MirroringBackend } from './backend.ts'

/** The port of a link, whose backend is loaded by its first use. */
export function openLater(backend: MirroringBackend, link: Link, around: Around<unknown>): MirroringPort {
  const port = onFirstUse(async () => (await backend.opening()).open(link, around))
  async function asked<T>(act: string, ask: (opened: MirroringPort) => Promise<T> | undefined): Promise<T> {
    const asking = ask(await port())
    if (asking === undefined)
      throw new Error(`the backend ${backend.name} says that it can ${act}, and its port cannot`)
    return asking
  }
  const optional: Required<Pick<MirroringPort, 'flush' | 'witness' | 'findings'>> = {
    flush: (signal) => asked('flush', (opened) => opened.flush?.(signal)),
    witness: (topics, signal) => asked('witness', (opened) => opened.witness?.(topics, signal)),
    findings: (signal) => asked('findings', (opened) => opened.findings?.(signal)),
  }
  return {
    from: link.from,
    to: link.to,
    describe: async (signal) => (await port()).describe(signal),
    mirroredTo: async (topics, signal) => (await port()).mirroredTo(topics, signal),
    setSelection: async (text, expected, signal) => (await port()).setSelection(text, expected, signal),
    enable: async (signal) => (await port()).enable(signal),
    disable: async (signal) => (await port()).disable(signal),
    probeDisabled: async (signal) => (await port()).probeDisabled(signal),
    setPosition: async (positions, signal) => (await port()).setPosition(positions, signal),
    ...Object.fromEntries(backend.traits.can.map((act) => [act, optional[act]])),
  }
}
