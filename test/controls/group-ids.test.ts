import { expect, test } from 'vitest'
import { withGroup, withGroupIds } from '../../src/adapters/group-ids.ts'
import { manualApplication } from '../../src/controls/manual/manual.ts'
import type { ClusterPort } from '../../src/ports/cluster.ts'

const ids = { B: { ledger: 'dr-ledger' } }

test('a cluster is asked by the ids it knows, and answers by the names of the configuration', async () => {
  const asked: unknown[] = []
  const cluster = {
    alias: 'B',
    groupStates: async (groups: string[]) => {
      asked.push(groups)
      return groups.map((group) => ({ group, state: 'empty', members: [] }))
    },
    groupOffsets: async (groups: string[], topics: string[]) => {
      asked.push(groups)
      return groups.map((group) => ({ group, topics: topics.map((topic) => ({ topic, offsets: [] })) }))
    },
    setGroupOffsets: async (offsets: object) => void asked.push(offsets),
    groupAccess: async (_principal: string, groups: string[]) => {
      asked.push(groups)
      return { evidence: 'derived-from-acls', allowed: groups.slice(0, 1), denied: groups.slice(1) }
    },
    accessByAcls: async (checks: { names: string[] }[]) => {
      asked.push(checks.map(({ names }) => names))
      return checks.map(({ names }) => ({ evidence: 'derived-from-acls', allowed: names, denied: [] }))
    },
  } as unknown as ClusterPort
  const named = withGroupIds(cluster, ids)

  expect((await named.groupStates(['ledger', 'audit'])).map(({ group }) => group)).toEqual(['ledger', 'audit'])
  expect(await named.groupOffsets(['ledger'], ['t'])).toEqual([
    { group: 'ledger', topics: [{ topic: 't', offsets: [] }] },
  ])
  await named.setGroupOffsets({ group: 'ledger', topics: [] })
  expect(await named.groupAccess('User:app', ['ledger', 'audit'])).toMatchObject({
    allowed: ['ledger'],
    denied: ['audit'],
  })
  const check = { principal: 'User:app', operation: 'Read' as const, names: ['ledger'] }
  const answers = await named.accessByAcls([
    { ...check, of: 'group' },
    { ...check, of: 'topic' },
  ])
  expect(answers.map((answer) => answer?.allowed)).toEqual([['ledger'], ['ledger']])
  expect(asked).toEqual([
    ['dr-ledger', 'audit'],
    ['dr-ledger'],
    { group: 'dr-ledger', topics: [] },
    ['dr-ledger', 'audit'],
    [['dr-ledger'], ['ledger']],
  ])
  expect(withGroupIds(cluster, { A: { ledger: 'x' } })).toBe(cluster)
})

test('an application is told the group of the cluster it starts on', () => {
  const app = {
    name: 'books',
    kind: 'consumer',
    topics: ['t'],
    group: 'ledger',
    control: { adapter: 'manual' },
  } as const
  const port = withGroup(manualApplication({ ...app, topics: ['t'] }, ''), 'ledger', ids)
  const on = (cluster: string) => port.instruction('start', { cluster, topics: ['t'], phase: 'all' })
  expect(on('B')).toContain('group dr-ledger')
  expect(on('A')).toContain('group ledger')
})
