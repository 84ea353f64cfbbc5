import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Lab } from '../../lab/lab.ts'

const command = fileURLToPath(new URL('../../bin/switchback.js', import.meta.url))

/** The command `switchback` as a person runs it, on the lab's Temporal: what it prints on standard output, and its exit code. */
export async function switchback(lab: Lab, args: string[]): Promise<{ exitCode: number; output: string }> {
  const { address, namespace } = lab.temporal
  const child = spawn(process.execPath, [command, ...args], {
    env: { ...process.env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number]>])
  return { exitCode, output }
}
