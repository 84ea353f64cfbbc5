import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { releasePorts, reservePort } from '../../lab/process/ports.ts'
import { until } from '../../lab/process/wait.ts'
import { pairUpdates, runQueries } from '../../src/contract/definitions.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import { taskQueues } from '../../src/contract/names.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { memoryRecords } from '../../src/domain/memory/memory.ts'
import { aclsOf } from '../lab/clusters-now.ts'
import { useLab } from '../lab/harness.ts'
import { Product } from '../lab/product.ts'
import { PATIENCE_MS } from '../patience.ts'
import { BrokerFront, HttpFront, hostileAnswers, markdown } from './fronts.ts'
import { historiesOf, lastLook } from './histories.ts'
import { Intruder } from './intruder.ts'
import { Pulse } from './pulse.ts'
import { addPayroll, configured, twoPairs, whatIsThere } from './scene.ts'

/** The attackers of SECURITY.md, one after the other against one worker on one lab: each with what he has, and nothing else. */

/** In the environment of the worker alone. */
const ownToken = 'token-of-the-worker-alone'
/** ms of an answer of the page, on a machine where others work: a pattern held it up for 40 s once. */
const mostHeldUp = 10_000
const mostGrownMb = 500

const lab = useLab(twoPairs)
let product: Product
let bank: Product
let page: { url: string; port: number }
let worker: number | undefined
let pulse: Pulse
let intruder: Intruder

beforeAll(async () => {
  const port = await reservePort()
  page = { url: `http://127.0.0.1:${port}`, port }
  await Promise.all(lab().clusters.map(addPayroll))
  await lab().apps.start('bank-writer', { cluster: 'A' })
  product = await Product.on(lab(), { SWITCHBACK_HTTP: `127.0.0.1:${port}`, WORKERS_OWN_TOKEN: ownToken })
  bank = product.ofPair('bank')
  worker = product.workerPid
  await watched('bank')
  intruder = await Intruder.enter(product)
  pulse = new Pulse(page.url, () => product.workerPid)
}, 300_000)

afterAll(async () => {
  await pulse?.stop()
  await intruder?.leave()
  await product?.close()
  releasePorts([page.port])
})

/** Whatever was played: it is the same worker, neither held up nor filled, and it serves the other pair. */
afterEach(async () => {
  expect(product.workerPid).toBe(worker)
  await watched('bank')
  expect(pulse.slowest).toBeLessThan(mostHeldUp)
  expect(pulse.grownMb).toBeLessThan(mostGrownMb)
})

function ended(): string | undefined {
  return product.workerPid === worker ? undefined : 'the worker has ended'
}

/** From now on a pair's watch has seen both sides and the link again. */
async function watched(pair: string): Promise<void> {
  const since = new Date().toISOString()
  const seen = async () => {
    const { at, sourceReachable, linkReachable } = (await lastLook(product.client, pair)) ?? { at: '' }
    return at > since && sourceReachable === true && linkReachable === true
  }
  await until(seen, { what: `${pair} is not watched as before`, timeoutMs: PATIENCE_MS, pollMs: 250, giveUp: ended })
}

const deny = (change: object = {}) => ({
  resource: 'topic',
  name: 'shop.orders',
  pattern: 'literal',
  principal: 'User:producer-app',
  host: '*',
  operation: 'Write',
  permission: 'deny',
  ...change,
})

test('who may write in the namespace has nothing written but what the file allows for the pair', async () => {
  const before = await whatIsThere(lab())
  const lease = await intruder.seize('shop')
  const link = { pair: 'shop', from: 'A', to: 'B' }
  const toPayroll = { topic: 'payroll', offsets: [[0, 5]] }
  const copy = { lease, id: 'switchback.shop.1.replay', from: 'A', to: 'B', begin: true, create: false, maxMs: 1_000 }
  const ranges = [[0, 0, 1]]
  const mallory = { principal: 'User:mallory', permission: 'allow' }
  const token = 'switchback/shop/1/failover/disable/A->B'
  const text = 'Please give User:mallory access.'
  const outcomes = await intruder.play([
    ['applyFence', { lease, cluster: 'A', acls: [deny({ name: 'payroll', ...mallory })] }],
    ['applyFence', { lease, cluster: 'A', acls: [deny(mallory)] }],
    ['applyFence', { lease, cluster: 'B', acls: [deny({ name: 'payroll' })] }],
    ['applyFence', { lease, cluster: 'A', acls: [deny({ principal: 'User:bank-app' })] }],
    ['applyFence', { lease, cluster: 'A', acls: [deny({ resource: 'cluster', name: 'kafka-cluster' })] }],
    [
      'liftFence',
      { lease, cluster: 'A', acls: [deny({ name: 'payroll', principal: 'User:consumer-app', operation: 'Read' })] },
    ],
    ['placeGroup', { lease, cluster: 'A', offsets: { group: 'payroll', topics: [toPayroll] } }],
    ['placeGroup', { lease, cluster: 'A', offsets: { group: 'shop', topics: [toPayroll] } }],
    ['createTopics', { lease, cluster: 'B', templates: [{ topics: ['payroll-2'], partitions: 1, settings: {} }] }],
    ['deleteEmptyTopics', { lease, cluster: 'B', topics: [{ topic: 'payroll', topicId: 'any' }] }],
    ['setSelection', { lease, link, text: 'shop.orders,payroll', expected: 'shop.orders' }],
    ['setSelection', { lease, link: { ...link, pair: 'bank' }, text: '.*', expected: 'bank.entries' }],
    ['disableLink', { lease, link: { ...link, pair: 'bank', to: 'C' } }],
    ['setLinkPosition', { lease, link, positions: [{ topic: 'payroll', offsets: [[0, null]] }] }],
    [
      'startApplication',
      { lease, name: 'shop-reader', key: 'shop/1', cluster: 'B', topics: ['payroll'], phase: 'all' },
    ],
    ['startApplication', { lease, name: 'bank-writer', key: 'shop/1', cluster: 'B', topics: [], phase: 'all' }],
    ['copyStranded', { ...copy, topics: [{ topic: 'payroll', into: 'shop.orders', ranges }] }],
    ['copyStranded', { ...copy, topics: [{ topic: 'shop.orders', into: 'payroll', ranges }] }],
    ['openTicket', { lease, token: 'switchback/bank/1/failover/disable/A->B', link, summary: text, text }],
    ['commentTicket', { lease, id: 'OTHER-1', text }],
    ['commentTicket', { lease, id: 'OTHER-1', token, link, note: { kind: 'text', text }, text }],
    ['commentTicket', { lease, id: 'OTHER-1', token, link, note: { kind: 'withdrawn' }, text }],
    ['commentTicket', { lease: { ...lease, pair: 'bank' }, id: 'OTHER-1', token, link, note: { kind: 'done' }, text }],
  ])
  const refusals: string[] = [errorTypes.configuration, errorTypes.invalidInput, errorTypes.precondition]
  expect(outcomes.filter((outcome) => !('type' in outcome) || !refusals.includes(outcome.type))).toEqual([])

  // What he records, the pair does by itself: within the same bounds.
  const fence = { principals: ['User:consumer-app'], topics: ['payroll'], operations: ['Write'] }
  const since = new Date().toISOString()
  const obligation = { id: 'owed-by-mallory', kind: 'fence', cluster: 'A', text: 'forged', since, fence }
  await intruder.record(lease, [{ type: 'obligation', obligation }])
  await until(
    async () => JSON.stringify(await historiesOf(product.client, 'pair/shop')).includes('Refused: nothing was written'),
    {
      what: 'the pair has not tried what was forged',
      timeoutMs: PATIENCE_MS,
      pollMs: 500,
      giveUp: ended,
    },
  )
  await product
    .pair()
    .executeUpdate(pairUpdates.dischargeObligation, { args: [{ id: obligation.id, by: 'kim', note: 'forged' }] })
  expect(await whatIsThere(lab())).toEqual(before)

  // What he can: what a run of the pair would do.
  await intruder.play([['applyFence', { lease, cluster: 'A', acls: [deny()] }]])
  expect(await aclsOf(lab().a)).toContain('User:producer-app DENY WRITE TOPIC LITERAL shop.orders *')
  await intruder.play([['liftFence', { lease, cluster: 'A', acls: [deny()] }]])
  const [opened] = await intruder.play([['openTicket', { lease, token, link, summary: text, text }]])
  const { id } = (opened as { done: { id: string } }).done
  await intruder.play([['commentTicket', { lease, id, token, link, note: { kind: 'withdrawn' }, text }]])
  const tickets = await product.tickets()
  expect(tickets.map(({ comments }) => comments.map((comment) => comment.text))).toEqual([
    ['The failover was aborted: please do NOT disable the mirroring from A to B.'],
  ])
  expect(JSON.stringify(tickets)).not.toContain('mallory')
  await intruder.release(lease)
  const [late] = await intruder.play([['applyFence', { lease, cluster: 'A', acls: [deny()] }]])
  expect(late).toMatchObject({ type: errorTypes.leaseLost })
  expect(await whatIsThere(lab())).toEqual({ ...before, tickets: expect.anything() })
})

test('no start input of a stranger begins anything on what is none of the pair’s', async () => {
  const before = await whatIsThere(lab())
  const common = { pair: 'shop', reason: markdown, requestedBy: markdown }
  const inputs: unknown[] = [
    { ...common, topics: ['payroll'] },
    { ...common, pair: '../../etc/passwd' },
    { ...common, pair: 'constructor' },
    { ...common, adopt: true },
    JSON.parse('{"__proto__":{"pair":"shop"},"pair":"shop"}'),
    { ...common, requestedBy: '\u200b', dryRun: 'no' },
    ['shop'],
    'shop',
    null,
    Buffer.alloc(100_000, 1),
  ]
  const ends = inputs.map(async (input, at) => {
    const run = await product.client.workflow.start('failover', {
      taskQueue: taskQueues.runs,
      workflowId: `stranger/${at}`,
      args: [input],
    })
    return run.result().then(
      (result: unknown) => JSON.stringify(result),
      () => 'failed',
    )
  })
  for (const end of await Promise.all(ends)) expect(end).toMatch(/^failed$|"state":"(?:failed|refused|aborted)"/)
  expect(await whatIsThere(lab())).toEqual(before)
})

test('whoever reaches --http ends nothing and holds nothing up', async () => {
  const speak = (bytes: string, held = false) =>
    new Promise<string>((resolve) => {
      let said = ''
      const socket = connect(page.port, '127.0.0.1', () => socket.write(bytes))
      socket.setEncoding('latin1').on('data', (text: string) => (said += text))
      socket.on('error', () => {})
      socket.on('close', () => resolve(said.split('\r\n', 1)[0] ?? ''))
      if (!held) setTimeout(() => socket.end(), 1_000)
      else slow.push(() => socket.destroy())
    })
  const slow: (() => void)[] = []
  for (let at = 0; at < 300; at += 1) void speak('GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ', true)
  const targets = ['//', '*', '//healthz', 'http://[', 'http://worker//', '/%', '/\\', `/${'a'.repeat(12_000)}`]
  for (const target of targets)
    expect(await speak(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(/^$|HTTP\/1\.1 4\d\d/)
  for (const bytes of [
    'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01\0\0',
    'GET /healthz HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  ])
    await speak(bytes)
  for (const end of slow) end()
  await until(async () => (await fetch(`${page.url}/healthz`)).ok, {
    what: 'the page does not answer',
    timeoutMs: 30_000,
  })
  const metrics = await (await fetch(`${page.url}/metrics`)).text()
  expect(metrics).toContain('pair="shop"')
  expect(metrics).not.toContain('-secret')
})

test('a Connect that is not ours any more ends, fills and holds up nothing, and the other pair goes on', async () => {
  const front = await HttpFront.before(lab().b.connect.url)
  const back = configured(lab(), ({ pairs }) => {
    for (const link of pairs['shop']?.links ?? []) if (link.to === 'B') link.connect.url = front.url
  })
  try {
    const answered = async (name: string) => {
      front.served = 0
      front.answer = hostileAnswers[name]
      const what = `nobody asked for the answer "${name}"`
      await until(() => front.served > 0, { what, timeoutMs: PATIENCE_MS, giveUp: ended })
    }
    for (const name of Object.keys(hostileAnswers)) if (name !== 'byByte') await answered(name)
    await watched('bank')
    front.answer = undefined
    // 40 s of an event loop for each topic, by a matcher that goes back.
    front.change = (text) => text.replaceAll(/"topics":"[^"]*"/g, '"topics":"(([a-z.]+)+)+X,(a|a)*b"')
    const changed = () => front.changed > 2
    await until(changed, { what: 'nobody asked for the pattern', timeoutMs: PATIENCE_MS, giveUp: ended })
    await watched('bank')
    front.change = undefined
    await watched('shop')
    // The last one, since it is waited for.
    await answered('byByte')
    await watched('bank')
  } finally {
    back()
    await front.close()
  }
})

test('application, desk and control program lie and advertise: the assessment says so, as text', async () => {
  const secret = lab().a.admin.password
  const [reader, bomb] = await Promise.all([
    HttpFront.before(`${lab().apps.url}/webhook`),
    HttpFront.before(`${lab().apps.url}/webhook`),
  ])
  reader.answer = (response) =>
    void response.end(JSON.stringify({ state: 'unknown', cluster: '$(touch PWNED)', detail: `${markdown} ${secret}` }))
  bomb.answer = hostileAnswers['bomb']
  // A desk is asked by a run; here the intruder's workflow asks in its place.
  const desk = await HttpFront.before(`${lab().desk.url}/tickets`)
  const seen = join(lab().dir, 'seen-by-the-program.json')
  const program = join(lab().dir, 'program.mjs')
  writeFileSync(
    program,
    `import { writeFileSync } from 'node:fs'
writeFileSync(${JSON.stringify(seen)}, JSON.stringify(process.env))
console.error(${JSON.stringify(`password=${secret}`)})
console.log(JSON.stringify({ state: 'running', cluster: '$(touch PWNED)', topics: ['$(touch PWNED)'] }))\n`,
  )
  const back = configured(lab(), ({ pairs }) => {
    for (const { name, control } of pairs['shop']?.applications ?? []) {
      if (name === 'shop-reader') control['url'] = reader.url
      if (name === 'shop-writer') control['state'] = [process.execPath, program]
    }
    const shop = pairs['shop']
    if (shop) shop.desk.url = desk.url
    for (const { name, control } of pairs['bank']?.applications ?? [])
      if (name === 'bank-writer')
        Object.assign(control, {
          adapter: 'webhook',
          url: bomb.url,
          stop: undefined,
          start: undefined,
          prepare: undefined,
          state: undefined,
        })
  })
  const producer = kafkaClient(lab().a, lab().a.admin, { retries: 5 }).producer({
    transactionalId: markdown,
    maxInFlightRequests: 1,
    idempotent: true,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  const transaction = await producer.transaction()
  try {
    const find = ['findTicket', { pair: 'shop', token: 'T' }] as const
    desk.answer = hostileAnswers['bomb']
    expect(await intruder.play([find])).toMatchObject([{ message: expect.stringContaining('larger than 1 MB') }])
    desk.answer = (response) =>
      void response.end(JSON.stringify({ id: 'T-1', token: 'T', url: 'javascript:alert(1)', state: markdown }))
    expect(await intruder.play([find])).toMatchObject([{ done: { id: 'T-1', state: 'unknown' } }])
    expect(JSON.stringify(await intruder.play([find]))).not.toContain('javascript:')
    await transaction.send({ topic: 'shop.orders', messages: [{ value: 'held open' }] })
    const runs = await Promise.all([product, bank].map((one) => one.start('failover', { dryRun: true })))
    const reports = await Promise.all(
      runs.map(async ({ handle }) => {
        await handle.result()
        return handle.query(runQueries.report)
      }),
    )
    expect(reports[0]).toContain('Approve')
    expect(reports[0]).toContain('The state command of shop-writer printed no state')
    expect(reports[1]).toContain('the answer is larger than 1 MB')
    for (const report of reports) {
      // What a page shows as code is no link.
      expect(report.replaceAll(/`[^`]*`/g, '')).not.toMatch(/(?<!\\)\[|https?:/)
      expect(report).not.toContain(secret)
    }
    const told = JSON.parse(readFileSync(seen, 'utf8')) as Record<string, string>
    expect(
      Object.keys(told).filter(
        (name) => !/^(?:SWITCHBACK_|LC_|(?:HOME|LANG|PATH|SHELL|TMPDIR|TZ|USER|LOGNAME)$)/.test(name),
      ),
    ).toEqual([])
    expect(Object.values(told)).not.toContain(ownToken)
    expect(told).toMatchObject({ SWITCHBACK_NAME: 'shop-writer', SWITCHBACK_CLUSTER: '' })
  } finally {
    await transaction.abort()
    await producer.disconnect()
    back()
    await Promise.all([reader, bomb, desk].map((front) => front.close()))
  }
})

test('a broker that is not ours any more crashes and fills nothing, and is believed again when it is', async () => {
  const front = await BrokerFront.before(lab().b.bootstrap)
  const back = configured(lab(), ({ clusters }) => {
    const b = clusters['B']
    if (b) b.bootstrap = [front.bootstrap]
  })
  try {
    await watched('shop')
    front.breaks = true
    await until(() => front.broken > 8, {
      what: 'nobody asked the broken broker',
      timeoutMs: PATIENCE_MS,
      giveUp: ended,
    })
    front.breaks = false
    await watched('shop')
  } finally {
    back()
    await front.close()
  }
})

test('who may write the memory topic has it shown, and neither adopted unseen nor believed where it is to be signed', async () => {
  const at = new Date().toISOString()
  const dossier = { ...newDossier({ pair: 'bank', primary: 'A', secondary: 'B', at }), active: 'B', standby: 'A' }
  const fences = [{ cluster: 'A', episode: 1, at, added: [deny({ name: 'payroll' })], proof: '' }]
  const forged = { version: 1 as const, dossier: { ...dossier, fences }, lease: null, epoch: 7, events: [], over: [] }
  const write = async (revision: number) => {
    const records = memoryRecords({ memory: forged as never, mark: { lineage: 'mallory', revision }, at, slot: 0 })
    const producer = kafkaClient(lab().a, lab().a.admin).producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    try {
      const messages = records.map(({ key, value }) => ({ key, value: Buffer.from(value) }))
      await producer.send({ topic: 'switchback.dossier', messages })
    } finally {
      await producer.disconnect()
    }
  }
  const recall = () => bank.pair().executeUpdate(pairUpdates.recall, { args: [{ by: 'kim' }] })
  const adopt = (request: object) => bank.pair().executeUpdate(pairUpdates.adopt, { args: [{ by: 'kim', ...request }] })
  const refused = (words: RegExp) =>
    expect.objectContaining({ cause: expect.objectContaining({ message: expect.stringMatching(words) }) })

  // The topic is there since the other pair has something to remember.
  await write(2 ** 53 - 1)
  expect((await recall()).best).toBeNull()
  await write(9_000_000)
  const { best } = await recall()
  expect(best).toMatchObject({ lineage: 'mallory', active: 'B' })
  await expect(adopt({})).rejects.toEqual(refused(/checksum: is missing/))
  await expect(adopt({ checksum: 'of yesterday' })).rejects.toEqual(refused(/another one than was shown/))

  const key = join(lab().dir, 'secrets', 'memory.key')
  writeFileSync(key, 'a key that mallory does not have', { mode: 0o600 })
  const back = configured(lab(), (configuration) => {
    configuration.memory = { key: { file: 'secrets/memory.key' } }
  })
  try {
    expect(await recall()).toMatchObject({ best: null, text: expect.stringContaining('is not signed') })
    await expect(adopt({ checksum: best?.checksum })).rejects.toEqual(refused(/Nothing can be adopted from memory/))
    await adopt({ from: 'here' })
  } finally {
    back()
  }
  expect(await bank.status()).toMatchObject({ active: 'A', standby: 'B', episode: null })
  expect((await aclsOf(lab().a)).filter((acl) => acl.includes('payroll'))).toHaveLength(1)
})

test('who may read the namespace or the logs finds no secret, after all of that', async () => {
  const secrets = [ownToken, 'a key that mallory does not have', ...lab().a.users.map(({ password }) => password)]
  const histories = await historiesOf(product.client)
  expect(histories.length).toBeGreaterThan(5)
  // Names and reasons he reads.
  expect(histories.join()).toContain('shop.orders')
  const log = readFileSync(join(lab().dir, 'logs', 'worker-1.log'), 'utf8')
  expect(log.length).toBeGreaterThan(0)
  for (const secret of secrets) {
    expect(histories.filter((history) => history.includes(secret))).toEqual([])
    expect(log).not.toContain(secret)
  }
  expect(existsSync('PWNED')).toBe(false)
})
