import { expect, test, vi } from 'vitest'
import { createMemoryActivities } from '../../src/activities/memory.ts'
import { checkMemoryWriters } from '../../src/cli/check/memory.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { failureOf } from './memory-ports.ts'
import { activity, doors, sampleConfig, scene } from './scene.ts'

const mark = { lineage: 'l', revision: 1 }

function world(withKey: boolean) {
  const config = sampleConfig()
  if (withKey) config.memory.key = { env: 'MEMORY_KEY' }
  const on = scene(config)
  const memory = { version: 1 as const, dossier: on.dossier, lease: null, epoch: 1, events: [], over: [] }
  const door = { memory: async () => ({ mark, memory }) }
  const activities = doors(createMemoryActivities(on.deps, door))
  const keep = () => activity().run(activities.keepMemory, { pair: 'accounting', cluster: 'A', last: null })
  const recall = () => activity().run(activities.recallMemory, { pair: 'accounting' })
  return { ...on, config, keep, recall, activities }
}

test('a memory is signed with the key, and one that is not is reported, not fetched and not written over', async () => {
  vi.stubEnv('MEMORY_KEY', 'k'.repeat(32))
  const signing = world(true)
  expect(await signing.keep()).toMatchObject({ kept: true, mark })
  expect((await signing.recall())[0]).toMatchObject({ cluster: 'A', found: { signed: true } })
  vi.stubEnv('MEMORY_KEY', 'another')
  const [side] = await signing.recall()
  expect(side).toMatchObject({ found: null, problem: expect.stringContaining('signed with another key'), mark })
  const checksum = 'x'
  const failure = await failureOf(activity().run(signing.activities.fetchMemory, { pair: 'accounting', checksum }))
  expect(failure.message).toContain('No cluster remembers')
  vi.stubEnv('MEMORY_KEY', '')
  expect((await failureOf(signing.keep())).message).toContain(
    'memory.key: the environment variable MEMORY_KEY is empty',
  )
})

test('check names who else may write the topic, and what it leads to', async () => {
  const { a, deps, config } = world(false)
  const look = (authorizer: boolean) =>
    checkMemoryWriters(config, deps.ports as Ports, { alias: 'A', authorizer }, new AbortController().signal)
  expect(await look(true)).toEqual([])
  const allow = { resource: 'topic' as const, pattern: 'literal' as const, host: '*', permission: 'allow' as const }
  a.entries = [
    { ...allow, name: 'switchback.dossier', principal: 'User:switchback', operation: 'Write' },
    { ...allow, name: '*', principal: 'User:mallory', operation: 'All' },
    { ...allow, name: 'switchback.dossier', principal: 'User:reader', operation: 'Read' },
  ]
  expect((await look(true)).map(({ text }) => text)).toEqual([
    expect.stringContaining(
      'switchback.dossier may be written by User:mallory, User:switchback: whoever writes there can stop every start',
    ),
  ])
  const { A } = config.clusters
  if (A) A.sasl = { mechanism: 'PLAIN', username: 'switchback', password: { env: 'X' } }
  expect((await look(true))[0]?.text).toContain('may be written by User:mallory: ')
  a.entries = []
  a.openWithoutAcl = true
  expect((await look(true))[0]?.text).toContain('everybody (the topic has no ACL')
  expect((await look(false))[0]?.text).toContain('everybody who reaches A may write')
  config.memory.key = { env: 'MEMORY_KEY' }
  expect(await look(false)).toEqual([])
})
