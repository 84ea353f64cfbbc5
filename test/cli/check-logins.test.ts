import { expect, test } from 'vitest'
import { checkLogins } from '../../src/cli/check/logins.ts'
import { checkOutside } from '../../src/cli/check/outside.ts'
import { configSchema, type ClusterConfig } from '../../src/config/schema.ts'
import type { ClusterPort, LoginRights } from '../../src/ports/cluster.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { rejected, unreachable } from '../../src/ports/failures.ts'
import { smallest } from '../config/support.ts'

const sasl = (username: string) => ({ mechanism: 'PLAIN' as const, username, password: { env: 'PATH' } })
const topic = 'accounting.invoices'
const memory = 'switchback.dossier'
/** What the documented ACLs come to. */
const rights: Record<'watch' | 'act', LoginRights> = {
  watch: { user: 'looker', clusterId: 'x', cluster: ['Describe'], topics: [[topic, ['Read', 'Describe']]] },
  act: {
    user: 'doer',
    clusterId: 'x',
    cluster: ['Alter', 'Describe'],
    topics: [
      [topic, ['Read']],
      [memory, ['Write']],
    ],
  },
}

async function said(
  change: Partial<Record<'watch' | 'act', Partial<LoginRights>>> = {},
  more: Partial<ClusterConfig> = {},
) {
  const config = configSchema.parse(smallest())
  Object.assign(config.clusters['A'] ?? {}, { sasl: sasl('looker'), act: { sasl: sasl('doer') }, ...more })
  const answer = (login: 'watch' | 'act') => Promise.resolve({ ...rights[login], ...change[login] })
  const ports: Pick<Ports, 'cluster'> = { cluster: () => ({ rights: answer }) as unknown as ClusterPort }
  return (await checkLogins(config, ports, 'A')).map(({ verdict, what, text }) => `${verdict} ${what}: ${text}`)
}

test('each login has a line, and nothing is said where there is one only', async () => {
  expect(await said()).toEqual(['ok login watch of A: looker gets in', 'ok login act of A: doer gets in'])
  const config = configSchema.parse(smallest())
  const ports = { cluster: () => expect.fail('nothing is asked') }
  expect(await checkLogins(config, ports, 'A')).toEqual([])
})

test('a login that reads and may write is reported, with what and where', async () => {
  const watch = {
    cluster: ['Describe', 'Alter'],
    topics: [[topic, ['Read', 'Write', 'Delete']]],
  } as Partial<LoginRights>
  const [, remark] = await said({ watch })
  expect(remark).toContain(
    `remark login watch of A: it may do more than read: Alter on the cluster; Write, Delete on ${topic}.`,
  )
})

test('what a login lacks is reported with what will be refused', async () => {
  const lines = await said({
    watch: { cluster: [], topics: [[topic, []]] },
    act: {
      cluster: ['Describe'],
      topics: [
        [topic, []],
        [memory, []],
      ],
    },
  })
  expect(lines[1]).toContain(`it lacks Describe on the cluster (ACLs cannot be read); Read on ${topic}: `)
  expect(lines[3]).toContain(
    `it lacks Alter on the cluster (a fence is refused); Read on ${topic} (positions of groups are refused); Write on ${memory} (the memory is not kept there): `,
  )
})

test('one that does not get in fails alone; of an instance of Event Streams only that is asked', async () => {
  const config = configSchema.parse(smallest())
  Object.assign(config.clusters['A'] ?? {}, { sasl: sasl('looker'), act: { sasl: sasl('doer') } })
  const answer = (login: 'watch' | 'act') =>
    login === 'act' ? Promise.reject(rejected('it refused login act of cluster A')) : Promise.resolve(rights.watch)
  const ports: Pick<Ports, 'cluster'> = { cluster: () => ({ rights: answer }) as unknown as ClusterPort }
  const lines = await checkLogins(config, ports, 'A')
  expect(lines).toMatchObject([{ verdict: 'ok' }, { verdict: 'failed', what: 'login act of A' }])
  const eventStreams = { crn: 'crn', adminUrl: 'https://a' }
  expect(await said({ act: { cluster: [], topics: [] } }, { eventStreams })).toHaveLength(2)
})

test('a cluster that does not answer is said once; a refusal of one login says nothing of the other', async () => {
  const config = configSchema.parse(smallest())
  Object.assign(config.clusters['A'] ?? {}, { sasl: sasl('looker'), act: { sasl: sasl('doer') } })
  const linesWith = async (failure: Error) => {
    const cluster = { describe: () => Promise.reject(failure), rights: () => Promise.reject(failure) }
    const nobody = () => expect.fail('not asked here')
    const ports = { cluster: () => cluster, mirroring: nobody, application: nobody, desk: nobody } as unknown as Ports
    const lines = await checkOutside(config, ports)
    return lines.flatMap(({ what }) => (what.endsWith(' A') ? [what] : []))
  }
  expect(await linesWith(unreachable('no broker answers'))).toEqual(['cluster A'])
  expect(await linesWith(rejected('refused'))).toEqual(['cluster A', 'login watch of A', 'login act of A'])
})
