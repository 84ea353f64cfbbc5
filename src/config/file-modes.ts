import { statSync } from 'node:fs'
import type { SecretRef } from './secret.ts'

const groupOrOthers = { write: 0o022, readOfOthers: 0o004 }

/**
 * What the modes of the file and of the secret files it names let others do. Whoever may write the file commands as the worker.
 * Nothing on Windows, which has no such modes; a file that is gone is somebody else's to report.
 */
export function looseFiles(path: string, secrets: readonly SecretRef[]): { file: string; message: string }[] {
  if (process.platform === 'win32') return []
  const files = [...new Set(secrets.flatMap((ref) => ('file' in ref ? [ref.file] : [])))]
  return [
    ...(mode(path) & groupOrOthers.write
      ? [{ file: path, message: writable('whoever writes it commands as the worker') }]
      : []),
    ...files.flatMap((file) => {
      const bits = mode(file)
      return [
        ...(bits & groupOrOthers.readOfOthers
          ? [{ file, message: 'every user of this machine may read it: chmod o= it' }]
          : []),
        ...(bits & groupOrOthers.write ? [{ file, message: writable('it is a secret') }] : []),
      ]
    }),
  ]
}

function writable(why: string): string {
  return `others than its owner may write it, and ${why}: chmod go-w it`
}

function mode(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mode ?? 0
}
