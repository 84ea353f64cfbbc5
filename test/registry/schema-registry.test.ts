import { expect, test } from 'vitest'
import { createSchemaRegistry } from '../../src/adapters/schema-registry/schema-registry.ts'
import { assess } from '../../src/activities/assess/assess.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import { failureOf } from '../activities/memory-ports.ts'
import { sampleConfig, scene, stagedDossier, topic } from '../activities/scene.ts'
import { type Registered, registryServer } from './schema-registry-support.ts'

const avro = (fields: string[]) =>
  JSON.stringify({ type: 'record', name: 'Invoice', fields: fields.map((name) => ({ name, type: 'string' })) })
const value = (version: number, id: number, schema: string): Registered => ({
  subject: `${topic}-value`,
  version,
  id,
  schema,
})
const timeoutMs = 2_000

test('all versions of the keys and values of the topics are read, and no others', async () => {
  const { url, received } = await registryServer([
    value(1, 7, avro(['a'])),
    value(3, 9, avro(['a', 'b'])),
    { subject: `${topic}-key`, version: 1, id: 2, schema: 'message Key {}', schemaType: 'PROTOBUF' },
    { subject: 'orders.eu-value', version: 1, id: 4, schema: avro(['o']) },
  ])
  const registry = createSchemaRegistry('A', { url: `${url}/`, timeoutMs })
  expect(await registry.schemasOf([topic])).toEqual([
    { subject: `${topic}-value`, version: 1, id: 7, type: 'AVRO', schema: avro(['a']) },
    { subject: `${topic}-value`, version: 3, id: 9, type: 'AVRO', schema: avro(['a', 'b']) },
    { subject: `${topic}-key`, version: 1, id: 2, type: 'PROTOBUF', schema: 'message Key {}' },
  ])
  expect(await registry.byIds([9, 2, 11, 9])).toEqual([
    { id: 9, type: 'AVRO', schema: avro(['a', 'b']) },
    { id: 2, type: 'PROTOBUF', schema: 'message Key {}' },
  ])
  expect(new Set(received.map(({ method }) => method))).toEqual(new Set(['GET']))
})

test('a login is sent, a wrong one is refused without telling it, silence and strangers are told apart', async () => {
  process.env['REGISTRY_TEST_PASSWORD'] = 'right-secret'
  const basicAuth = { username: 'kim', password: { env: 'REGISTRY_TEST_PASSWORD' } }
  const { url, close } = await registryServer([value(1, 7, avro(['a']))], 'kim:right-secret')
  const registry = createSchemaRegistry('A', { url, basicAuth, timeoutMs })
  expect(await registry.byIds([7])).toHaveLength(1)
  process.env['REGISTRY_TEST_PASSWORD'] = 'wrong-secret'
  const refused = await failureOf(registry.byIds([7]))
  expect(refused.type).toBe(errorTypes.rejected)
  expect(refused.message).toMatch(/schema registry of A .*answered 401.*clusters.A.schemaRegistry/)
  expect(refused.message).not.toContain('wrong-secret')
  await close()
  expect((await failureOf(registry.byIds([7]))).type).toBe(errorTypes.unreachable)
  const stranger = await registryServer([{ ...value(1, 7, ''), schema: 5 as unknown as string }])
  const failure = await failureOf(createSchemaRegistry('A', { url: stranger.url, timeoutMs }).byIds([7]))
  expect(failure.message).toMatch(/no schema registry's/)
})

async function assessed(a: Registered[], b: Registered[], how: 'failover' | 'forced' | 'reset' = 'failover') {
  const [onA, onB] = await Promise.all([registryServer(a), registryServer(b)])
  const config = sampleConfig((raw) => {
    Object.assign(raw.clusters['A'] ?? {}, { schemaRegistry: { url: onA.url } })
    Object.assign(raw.clusters['B'] ?? {}, { schemaRegistry: { url: onB.url } })
  })
  const on = scene(config)
  const registries: Record<string, ReturnType<typeof createSchemaRegistry>> = {
    A: createSchemaRegistry('A', { url: onA.url, timeoutMs }),
    B: createSchemaRegistry('B', { url: onB.url, timeoutMs }),
  }
  on.deps.ports.schemaRegistry = (alias) => registries[alias] ?? null
  const operation = how === 'reset' ? 'reset' : 'failover'
  const plan = on.plan(operation, how === 'forced' ? { mode: 'forced' } : {})
  const dossier = how === 'reset' ? stagedDossier(on.dossier, 'reset') : on.dossier
  const { findings } = await assess(on.deps, { plan, dossier }, new AbortController().signal)
  return findings.filter(({ code }) => code.startsWith('schema'))
}

const first = value(1, 7, avro(['a']))

test('ids that agree are told, also where white space and other subjects differ', async () => {
  const spaced = { ...first, schema: JSON.stringify(JSON.parse(first.schema), null, 2), subject: 'elsewhere' }
  expect(await assessed([first], [spaced])).toMatchObject([{ code: 'schema-ids-agree', severity: 'info' }])
})

test('an id that is missing on the target, or means another schema there, is in the way of a planned move', async () => {
  const second = value(2, 8, avro(['a', 'b']))
  const found = await assessed([first, second], [{ ...first, schema: avro(['b']) }])
  expect(found).toMatchObject([
    { code: 'schema-id-missing', severity: 'blocking', text: expect.stringContaining(`8 (${topic}-value)`) },
    { code: 'schema-id-differs', severity: 'blocking', text: expect.stringContaining(`7 (${topic}-value)`) },
  ])
  expect(await assessed([first], [], 'forced')).toMatchObject([{ code: 'schema-id-missing', severity: 'warning' }])
  // A reset mirrors from B to A.
  expect(await assessed([], [first], 'reset')).toMatchObject([{ code: 'schema-id-missing' }])
})

test('a registry that does not answer is a warning; one registry for both sides is not compared', async () => {
  const on = scene(
    sampleConfig((raw) => {
      Object.assign(raw.clusters['A'] ?? {}, { schemaRegistry: { url: 'http://127.0.0.1:1' } })
      Object.assign(raw.clusters['B'] ?? {}, { schemaRegistry: { url: 'http://127.0.0.1:1/b' } })
    }),
  )
  on.deps.ports.schemaRegistry = (alias) => createSchemaRegistry(alias, { url: 'http://127.0.0.1:1', timeoutMs })
  const signal = new AbortController().signal
  const { findings } = await assess(on.deps, { plan: on.plan(), dossier: on.dossier }, signal)
  expect(findings.find(({ code }) => code === 'schemas-unknown')).toMatchObject({ severity: 'warning' })
  const shared = scene(
    sampleConfig((raw) => {
      for (const alias of ['A', 'B'])
        Object.assign(raw.clusters[alias] ?? {}, { schemaRegistry: { url: 'http://127.0.0.1:1' } })
    }),
  )
  shared.deps.ports.schemaRegistry = () => {
    throw new Error('asked')
  }
  const answer = await assess(shared.deps, { plan: shared.plan(), dossier: shared.dossier }, signal)
  expect(answer.findings.filter(({ code }) => code.startsWith('schema'))).toEqual([])
})
