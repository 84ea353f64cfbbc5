import { homedir, hostname } from 'node:os'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Where and by which process it was recorded says nothing about what a run does, and replay reads none of it. */
const dropped = new Set(['taskId', 'requestId', 'workerVersion', 'stackTrace', 'meteringMetadata'])

export function scrub(value: Json, key = ''): Json {
  if (Array.isArray(value)) return value.map((item) => scrub(item))
  if (value !== null && typeof value === 'object') {
    if (value['kind'] === 'TASK_QUEUE_KIND_STICKY') return { ...value, name: 'sticky' }
    const kept = Object.entries(value).filter(([name]) => !dropped.has(name))
    return Object.fromEntries(kept.map(([name, part]) => [name, scrub(part, name)]))
  }
  return key === 'identity' ? 'switchback' : value
}

/** Throws when a history still names this machine, in plain text or inside a payload. */
export function mustNotNameThisMachine(name: string, text: string): void {
  const decoded = [...text.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)].map(([, data]) =>
    Buffer.from(data ?? '', 'base64').toString(),
  )
  for (const mark of [hostname(), homedir(), process.cwd()].filter((candidate) => candidate.length > 3)) {
    if (text.includes(mark) || decoded.some((payload) => payload.includes(mark))) {
      throw new Error(`${name} names this machine (${mark}): let scripts/histories/scrub.ts take it out`)
    }
  }
}
