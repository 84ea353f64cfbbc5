import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { parseDocument } from 'yaml'

/** Sets keys of a pair in switchback.yaml, as a user would with an editor; the worker never sees half of the file. */
export function setInPair(file: string, pair: string, settings: Record<string, string>): void {
  const document = parseDocument(readFileSync(file, 'utf8'))
  if (!document.hasIn(['pairs', pair])) throw new Error(`${file} has no pair ${pair}`)
  for (const [key, value] of Object.entries(settings)) document.setIn(['pairs', pair, key], value)
  const draft = `${file}.draft`
  writeFileSync(draft, document.toString({ lineWidth: 0 }))
  renameSync(draft, file)
}
