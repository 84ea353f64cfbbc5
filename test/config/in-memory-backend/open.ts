import type { Around, Link } from '../../../src/backends/backend.ts'
import type { MirroringPort } from '../../../src/ports/mirroring.ts'
import { MemoryLink } from '../../activities/memory-ports.ts'

export async function open({ from, to }: Link, { needs }: Around<{ pair: string }>): Promise<MirroringPort> {
  const link = new MemoryLink(from, to)
  link.description.detail = `the variable of ${needs.pair}`
  return link
}
