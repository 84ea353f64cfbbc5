import { afterEach, expect, test } from 'vitest'
import { mayMirror } from '../../src/backends/mirrormaker2/engine/foreign.ts'
import { createMirrorMaker2 } from '../../src/backends/mirrormaker2/mirror-maker2.ts'
import { parseAssignment } from '../../src/backends/mirrormaker2/connect/answers.ts'
import { scrubbed } from '../../src/backends/mirrormaker2/connect/scrub.ts'
import { ConnectTrouble } from '../../src/backends/mirrormaker2/connect/trouble.ts'
import { settingsForCreation } from '../../src/backends/mirrormaker2/engine/connector-settings.ts'
import { openLink } from '../../src/backends/mirrormaker2/engine/link.ts'
import { settled, waitUntil } from '../../src/backends/mirrormaker2/engine/polling.ts'
import { exactTopic, widened } from '../../src/backends/mirrormaker2/engine/widening.ts'
import type { MirrorMaker2Config } from '../../src/backends/mirrormaker2/settings.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import { withoutTopics } from '../../src/domain/names/selection.ts'
import { httpServer } from '../desks/http-support.ts'

const link: MirrorMaker2Config = {
  from: 'A',
  to: 'B',
  backend: 'mirrormaker2',
  connect: { url: 'http://127.0.0.1:1', timeoutMs: 1_000 },
  source: { name: 'mirror' },
  disable: 'ticket',
}

test('partitions are split at the last hyphen', () => {
  expect(parseAssignment('hr-pay.roll-0,accounting.invoices-12')).toEqual([
    ['hr-pay.roll', 0],
    ['accounting.invoices', 12],
  ])
  expect(parseAssignment('')).toEqual([])
})

test('a checkpoint selection grows by what is new', () => {
  expect(widened('^$', 'a\\.b,c')).toBe('a\\.b,c')
  expect(widened('a\\.b', 'a\\.b,c')).toBe('a\\.b,c')
})

test('a checkpoint selection never shrinks', () => {
  expect(widened('a\\.b,c', '^$')).toBe('a\\.b,c')
  expect(widened('a\\.b,c', 'c')).toBe('a\\.b,c')
})

test('a pattern that topics were taken out of adds nothing to a checkpoint selection that has it', () => {
  const once = withoutTopics('accounting\\..*', ['accounting.invoices'])
  const twice = withoutTopics(once, ['accounting.orders'])
  expect(widened('accounting\\..*', once)).toBe('accounting\\..*')
  expect(widened('accounting\\..*', twice)).toBe('accounting\\..*')
  expect(widened('accounting\\..*', `${once},accounting\\.invoices`)).toBe('accounting\\..*')
})

test('only plain names count as exact', () => {
  expect(exactTopic('accounting\\.invoices')).toBe('accounting.invoices')
  expect(exactTopic('accounting\\..*')).toBeNull()
  expect(exactTopic('a|b')).toBeNull()
})

test('a trace keeps its first line and loses its credentials', () => {
  const config = {
    'source.cluster.sasl.jaas.config': 'PlainLoginModule required username="mirror" password="hunter22";',
    topics: 'accounting.*',
  }
  const trace =
    'ConnectException: bad login for hunter22 at accounting.* password=other//u:p@host\n\tat a.b.C(D.java:1)'
  const line = scrubbed(trace, config)
  expect(line).not.toMatch(/hunter22|other|u:p|D\.java/)
  expect(line).toContain('accounting.*')
})

afterEach(() => delete process.env['MM2_TEST_PASSWORD'])

test('settings for a new connector have secrets resolved, the aliases of the link, and select nothing', () => {
  process.env['MM2_TEST_PASSWORD'] = 'hunter22'
  const config = {
    'tasks.max': 2,
    'sync.topic.acls.enabled': false,
    password: { env: 'MM2_TEST_PASSWORD' },
    jaas: 'required password="{env:MM2_TEST_PASSWORD}" other="${env:MM2_TEST_PASSWORD}";',
    topics: '.*',
  }
  const settings = settingsForCreation(openLink({ ...link, source: { name: 'mirror', config } }), 'source')
  expect(settings).toEqual({
    'connector.class': 'org.apache.kafka.connect.mirror.MirrorSourceConnector',
    'source.cluster.alias': 'A',
    'target.cluster.alias': 'B',
    'tasks.max': '2',
    'sync.topic.acls.enabled': 'false',
    password: 'hunter22',
    // With the dollar it is for Connect's own providers.
    jaas: 'required password="hunter22" other="${env:MM2_TEST_PASSWORD}";',
    topics: '^$',
  })
})

test('settings of another pair of clusters are refused before anything is created', () => {
  const config = { 'source.cluster.alias': 'C' }
  expect(() => settingsForCreation(openLink({ ...link, source: { name: 'mirror', config } }), 'source')).toThrow(
    /links\[A->B\]\.source\.config\.source\.cluster\.alias must be A/,
  )
})

test('a secret that is missing is named, and where', () => {
  const config = { password: { env: 'MM2_TEST_PASSWORD' } }
  expect(() => settingsForCreation(openLink({ ...link, source: { name: 'mirror', config } }), 'source')).toThrow(
    /links\[A->B\]\.source\.config\.password: the environment variable MM2_TEST_PASSWORD is not set/,
  )
})

test('a user name in the address is refused without repeating it', () => {
  expect(() =>
    createMirrorMaker2({ ...link, connect: { url: 'http://me:hunter22@127.0.0.1:1', timeoutMs: 1_000 } }),
  ).toThrow(/^A->B: Kafka Connect at 127\.0\.0\.1:1: connect\.url holds a user name/)
})

test('nobody at the address: unreachable at once, with address and pair', async () => {
  const start = Date.now()
  const failure = createMirrorMaker2(link).disable()
  await expect(failure).rejects.toMatchObject({ type: errorTypes.unreachable, nonRetryable: false })
  await expect(failure).rejects.toThrow(/A->B: Kafka Connect at 127\.0\.0\.1:1 does not answer \(ECONNREFUSED\)/)
  // What is repeated is repeated for a minute.
  expect(Date.now() - start).toBeLessThan(30_000)
})

test('a wait that ends without its end says what it saw last', async () => {
  const failure = waitUntil(async () => 'task 0 RUNNING', {
    what: 'A->B: stopping',
    next: 'Look there.',
    withinMs: 300,
  })
  await expect(failure).rejects.toMatchObject({ type: errorTypes.notYet, nonRetryable: false })
  await expect(failure).rejects.toThrow(/A->B: stopping: not after \d s. Seen last: task 0 RUNNING. Look there./)
})

test('a wait outlives a silence of Connect', async () => {
  let looks = 0
  const look = async () => {
    looks++
    if (looks === 2) throw new ConnectTrouble('unsettled', 'timeout')
    if (looks === 3) throw new ConnectTrouble('no-answer', 'restart')
    return looks < 4 ? 'busy' : null
  }
  await waitUntil(look, { what: 'x', next: 'y', withinMs: 600_000 })
  expect(looks).toBe(4)
})

test('an aborted wait ends with the reason of whoever aborted', async () => {
  const control = new AbortController()
  const reason = new Error('cancelled by a person')
  setTimeout(() => control.abort(reason), 50)
  const wait = waitUntil(async () => 'busy', { what: 'x', next: 'y', withinMs: 600_000, signal: control.signal })
  await expect(wait).rejects.toBe(reason)
  const retries = settled(async () => {
    throw new ConnectTrouble('busy', 'rebalance')
  }, control.signal)
  await expect(retries).rejects.toBe(reason)
})

test('what a foreign connector mirrors is judged as MirrorMaker judges it, and what cannot be read counts', () => {
  const topics = ['accounting.invoices', 'accounting.internal']
  expect(mayMirror({ topics: 'hr\\..*' }, topics)).toBe(false)
  expect(mayMirror({ topics: 'accounting\\..*' }, topics)).toBe(true)
  // Its default is everything but internal topics.
  expect(mayMirror({}, topics)).toBe(true)
  expect(mayMirror({}, ['accounting.internal'])).toBe(false)
  expect(mayMirror({ topics: '.*', 'topics.exclude': 'accounting\\..*' }, topics)).toBe(false)
  expect(mayMirror({ topics: '\\p{Lower}+' }, topics)).toBe(true)
  expect(mayMirror({ topics: 'hr', 'topic.filter.class': 'own.Filter' }, topics)).toBe(true)
})

test('however many connectors of other pairs there are, only those that may mirror our topics count, and they are named in short', async () => {
  const topics = ['accounting.invoices']
  const settings = (selected: string) => ({
    'connector.class': 'org.apache.kafka.connect.mirror.MirrorSourceConnector',
    'source.cluster.alias': 'A',
    'target.cluster.alias': 'B',
    topics: selected,
  })
  const obstaclesBeside = async (others: string[]) => {
    const all = Object.fromEntries(
      [...topics, ...others].map((selected, n) => [
        n === 0 ? 'mirror' : `other-${n}`,
        { info: { config: settings(selected), tasks: [{ task: 0 }] } },
      ]),
    )
    let asked = 0
    const { url, close } = await httpServer(({ path }) => {
      if (path.startsWith('/connectors?')) return { body: all }
      if (path.endsWith('/tasks')) return { body: [] }
      asked += 1
      return { body: { connector: { state: 'RUNNING' }, tasks: [{ id: 0, state: 'RUNNING' }] } }
    })
    const port = createMirrorMaker2({ ...link, connect: { url, timeoutMs: 10_000 } }, { topics, named: new Map() })
    const { obstacles } = await port.describe()
    await close()
    return { others: obstacles.filter((text) => /other-|more connectors/.test(text)), asked }
  }
  const many = Array.from({ length: 300 }, (_, n) => `pair-${n}.orders`)
  expect(await obstaclesBeside(many)).toEqual({ others: [], asked: 1 })
  expect((await obstaclesBeside([...many, 'accounting.*'])).others).toEqual([
    expect.stringContaining('connector other-301'),
  ])
  const ours = await obstaclesBeside(Array.from({ length: 300 }, () => '.*'))
  expect(ours.asked).toBe(101)
  expect(ours.others).toHaveLength(11)
  expect(ours.others.at(-1)).toBe('290 more connectors from A to B may mirror topics of this pair')
})
