import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'
import { createApplication } from '../../src/controls/application.ts'
import type { ApplicationConfig, ClusterConfig } from '../../src/config/schema.ts'
import { temporaryFolder } from '../config/support.ts'
import { httpServer } from '../desks/http-support.ts'
import { applicationContract, preparedContract } from './applications-contract.ts'
import { MemoryApplication } from './memory/application.ts'

const clusters = { A: { bootstrap: ['a:9092'] }, B: { bootstrap: ['b:9092'] } } as unknown as Record<
  string,
  ClusterConfig
>
const traits = { name: 'ledger', kind: 'consumer' as const, topics: ['invoices', 'payments'], group: 'ledger' }
const runsOnA = { state: 'running' as const, cluster: 'A', topics: traits.topics }

function configured(control: ApplicationConfig['control']) {
  return createApplication('accounting', { ...traits, control }, clusters)
}

describe('an application in memory', () => {
  const open = async () => new MemoryApplication({ ...traits, prepares: true }, runsOnA)
  applicationContract(open)
  preparedContract(open)
})

describe('programs', () => {
  const program = fileURLToPath(new URL('../controls/fixture.mjs', import.meta.url))
  applicationContract(async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'state.json'), JSON.stringify(runsOnA))
    const command = (action: string) => [process.execPath, program, action, '{cluster}', '{bootstrap}', '{topics}']
    const [stop, start, state] = [command('stop'), command('start'), command('state')]
    return configured({ adapter: 'command', stop, start, state, cwd, timeoutMs: 10_000 })
  })
})

describe('a webhook', () => {
  const open = async () => {
    let now: object = runsOnA
    const { url } = await httpServer(({ text }) => {
      const { action, cluster, topics } = JSON.parse(text) as Record<string, unknown>
      // What was prepared is stopped where it was prepared.
      if (action === 'stop' && cluster !== 'B') now = { state: 'stopped' }
      if (action === 'start') now = { state: 'running', cluster, topics }
      return { body: now }
    })
    return configured({ adapter: 'webhook', url, prepare: true, timeoutMs: 10_000 })
  }
  applicationContract(open)
  preparedContract(open)
})
