import { expect, test } from 'vitest'
import { errorTypes } from '../../src/contract/errors.ts'
import { until } from '../../lab/process/wait.ts'
import { PATIENCE_MS } from '../patience.ts'
import { apiKey, enabled, scene } from './event-streams-support.ts'

const invoices = String.raw`accounting\.invoices`

test('enabling orders the mirroring from the target, and begins with nothing selected', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  expect(await port.describe()).toMatchObject({ state: 'absent', selection: null, assigned: [] })
  const release = world.cloud.hold()
  await port.enable()
  expect((await port.describe()).state).toBe('starting')
  await release()
  expect(await port.describe()).toMatchObject({ state: 'running', selection: '^$', assigned: [] })
  expect(world.cloud.mirrorings.orders).toEqual([{ on: 'B', change: 'from A' }])
})

test('a throughput above the default is carried along, both ways', async () => {
  const world = await scene({ throughput: '300' })
  const port = world.link('A', 'B')
  await enabled(world, port)
  await port.disable()
  await world.cloud.mirrorings.settled()
  expect(await port.probeDisabled()).toMatchObject({ disabled: true })
})

test('the selection is replaced as a whole, by anchored names', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  await enabled(world, port)
  await port.setSelection(invoices, '^$')
  expect(world.cloud.mirrorings.get('B').mirroring?.includes).toEqual([String.raw`^accounting\.invoices$`])
  expect(await port.describe()).toMatchObject({
    selection: invoices,
    assigned: [{ topic: 'accounting.invoices', partitions: [0, 1, 2] }],
  })
  // The same again changes nothing, although it is not what was expected any more.
  await port.setSelection(invoices, '^$')
  await port.setSelection('^$', invoices)
  expect(world.cloud.mirrorings.get('B').mirroring?.includes).toEqual([''])
  expect(await port.describe()).toMatchObject({ selection: '^$', assigned: [] })
})

test.each([[[]], [['']], [['^$']]])('nothing selected may be spelt %j', async (includes) => {
  const world = await scene()
  const port = world.link('A', 'B')
  await enabled(world, port)
  await world.cloud.mirrorings.select(world.cloud.mirrorings.get('B'), includes)
  expect((await port.describe()).selection).toBe('^$')
})

test('a selection that somebody else changed is left alone', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  await enabled(world, port)
  await world.cloud.mirrorings.select(world.cloud.mirrorings.get('B'), ['^orders$'])
  await expect(port.setSelection(invoices, '^$')).rejects.toMatchObject({
    type: errorTypes.precondition,
    message: expect.stringMatching(/somebody changed the selection on B. Expected "\^\$", found "orders"/),
  })
  expect(world.cloud.mirrorings.get('B').mirroring?.includes).toEqual(['^orders$'])
})

test('a selection that somebody writes over ours is told with both texts', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  await enabled(world, port)
  world.cloud.faults.overwriteNext = ['^orders$']
  await expect(port.setSelection(invoices, '^$')).rejects.toMatchObject({
    type: errorTypes.precondition,
    message: expect.stringMatching(/Written "accounting\\.invoices", found "orders"/),
  })
})

test('no mirroring target is an answer: nothing can be selected there', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  await expect(port.setSelection(invoices, null)).rejects.toMatchObject({
    type: errorTypes.precondition,
    message: expect.stringContaining('no mirroring target'),
  })
})

test('active topics follow a selection late, and until then it is not what is mirrored', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  await enabled(world, port)
  await port.setSelection(invoices, '^$')
  world.cloud.faults.activeDelayMs = 2_000
  await port.setSelection('^$', invoices)
  expect((await port.describe()).assigned.map(({ topic }) => topic)).toEqual(['accounting.invoices'])
  await until(async () => (await port.describe()).assigned.length === 0, {
    what: 'no active topic',
    timeoutMs: PATIENCE_MS,
  })
})

test('topics are asked for a few at a time, and a list that no instance can have is refused', async () => {
  const world = await scene()
  const { underlay, link } = world
  await enabled(world, link('A', 'B'))
  await link('A', 'B').setSelection('orders.*', '^$')
  underlay.topics.push(...Array.from({ length: 60 }, (_, n) => `orders-${n}`))
  let [now, most] = [0, 0]
  const counted = underlay.partitions.bind(underlay)
  underlay.partitions = async (alias, topic) => {
    most = Math.max(most, ++now)
    await new Promise((resolve) => setTimeout(resolve, 2))
    now -= 1
    return counted(alias, topic)
  }
  await expect.poll(async () => (await link('A', 'B').describe()).assigned.length).toBeGreaterThan(60)
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(16)
  underlay.topics.push(...Array.from({ length: 10_000 }, (_, n) => `orders-many-${n}`))
  await expect
    .poll(() =>
      link('A', 'B')
        .describe()
        .then(() => '', String),
    )
    .toContain('active topics; an instance has at most 10000. Check eventStreams.adminUrl of B.')
})

test('a stale "succeeded" is not trusted: the link is on only when it answers', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  world.cloud.faults.staleReads = 1_000
  const release = world.cloud.hold()
  const ordered = port.enable()
  await until(() => world.cloud.mirrorings.orders.length === 1, { what: 'the order', timeoutMs: PATIENCE_MS })
  // Still the operation before, which has succeeded.
  expect((await port.describe()).state).toBe('absent')
  await release()
  await ordered
  expect((await port.describe()).state).toBe('running')
})

test('an operation that succeeded while the selection still answers has disabled nothing', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  await enabled(world, port)
  world.cloud.faults.lieNext = true
  await port.disable()
  await world.cloud.mirrorings.settled()
  expect(await port.probeDisabled()).toMatchObject({
    disabled: false,
    detail: expect.stringMatching(/A->B is not disabled: B answers with its selection.*succeeded/),
  })
  // Ordered again, it is done.
  await port.disable()
  await world.cloud.mirrorings.settled()
  expect(await port.probeDisabled()).toMatchObject({ disabled: true })
})

test('a target that is off while its operation failed counts as not disabled: the two witnesses differ', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  world.cloud.mirrorings.get('B').end('failed', 'cluster update failed')
  expect(await port.probeDisabled()).toEqual({
    disabled: false,
    failed: true,
    detail: expect.stringMatching(/no mirroring target.*failed, cluster update failed/),
  })
  // Ordered again, by whoever decides so, they agree.
  await port.disable()
  await world.cloud.mirrorings.settled()
  expect(await port.probeDisabled()).toMatchObject({ disabled: true })
})

test('an operation that fails is told in the words of the provider, and a new order mends it', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  world.cloud.faults.failNext = 'no capacity in this zone'
  await enabled(world, port)
  expect(await port.describe()).toMatchObject({
    state: 'failed',
    failedTasks: [expect.stringContaining('no capacity in this zone')],
  })
  await enabled(world, port)
  expect((await port.describe()).state).toBe('running')
})

test('disabling twice is one order, while it is under way and afterwards', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  await enabled(world, port)
  const release = world.cloud.hold()
  await port.disable()
  await port.disable()
  await release()
  await port.disable()
  expect(world.cloud.mirrorings.orders.filter((order) => JSON.stringify(order).includes('disable'))).toHaveLength(1)
})

test('an order whose answer was lost is not given twice', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  world.cloud.faults.loseUpdateAnswer = true
  const release = world.cloud.hold()
  await expect(port.enable()).rejects.toMatchObject({ type: errorTypes.unreachable })
  // The next look is still the one of before: it is sent again, the provider refuses it, and by then the order shows.
  await port.enable()
  expect(world.cloud.requests.filter((request) => request.startsWith('PATCH'))).toHaveLength(2)
  await release()
  await port.enable()
  expect(world.cloud.mirrorings.orders).toHaveLength(1)
  expect((await port.describe()).state).toBe('running')
})

test.each([409, 423] as const)('an instance that is busy (%i) is asked again later', async (status) => {
  const world = await scene()
  const port = world.link('A', 'B')
  world.cloud.faults.refuseUpdates = { status, times: 1 }
  await expect(port.enable()).rejects.toMatchObject({
    type: errorTypes.notYet,
    message: expect.stringMatching(new RegExp(`${status}.*Nothing was changed`)),
  })
  expect(world.cloud.mirrorings.orders).toEqual([])
  await enabled(world, port)
  expect((await port.describe()).state).toBe('running')
})

test('a locked instance is not even asked', async () => {
  const world = await scene()
  world.cloud.mirrorings.get('B').locked = true
  await expect(world.link('A', 'B').enable()).rejects.toMatchObject({
    type: errorTypes.precondition,
    message: expect.stringContaining('locked against updates'),
  })
  expect(world.cloud.requests.filter((request) => request.startsWith('PATCH'))).toEqual([])
})

test('a token that expires, or is revoked, during a wait is renewed', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  await enabled(world, port)
  const before = world.cloud.tokens.issued
  world.cloud.tokens.revokeAll()
  expect((await port.describe()).state).toBe('running')
  world.cloud.tokens.revokeAll()
  await port.setSelection(invoices, '^$')
  expect(world.cloud.tokens.issued).toBe(before + 2)
})

test('a wrong API key is told as one, and never repeated', async () => {
  const world = await scene()
  process.env['IBM_KEY'] = 'another-key'
  const failure = await world
    .link('A', 'B')
    .describe()
    .catch((error: unknown) => String(error))
  expect(failure).toMatch(/refused with 400.*API key could not be found/)
  expect(failure).not.toContain('another-key')
})

test('an admin REST interface that is down is a passing failure with its incident, and heals', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  await enabled(world, port)
  world.cloud.faults.adminDown = true
  for (const act of [() => port.describe(), () => port.probeDisabled(), () => port.setSelection(invoices, '^$')])
    await expect(act()).rejects.toMatchObject({
      type: errorTypes.unreachable,
      message: expect.stringMatching(
        /answered 503: Unknown Kafka Error \(code 50301\), incident (switchback-\w+) \(transaction \1\)/,
      ),
    })
  world.cloud.faults.adminDown = false
  await port.setSelection(invoices, '^$')
})

test('too many requests are a passing failure', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  await enabled(world, port)
  world.cloud.faults.rateLimited = 1
  await expect(port.describe()).rejects.toMatchObject({ type: errorTypes.unreachable })
  expect((await port.describe()).state).toBe('running')
})

test('with the source dark the target alone is asked: looked at, taken out of the selection, disabled', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  await enabled(world, port)
  await port.setSelection(invoices, '^$')
  world.clusters.A.dark = true
  world.cloud.requests.length = 0
  expect((await port.describe()).selection).toBe(invoices)
  await port.setSelection('^$', invoices)
  await port.disable()
  await world.cloud.mirrorings.settled()
  expect(await port.probeDisabled()).toMatchObject({ disabled: true })
  expect(world.cloud.requests.filter((request) => request.includes('guid-A') || request.includes('/A/'))).toEqual([])
  expect(world.clusters.A.calls).toEqual([])
})

test('monitoring tells the worst latency of a window with its samples; without data it is no number', async () => {
  const world = await scene({ link: { latencyWindowSeconds: 10 } })
  const port = world.link('A', 'B')
  await enabled(world, port)
  await port.setSelection(invoices, '^$')
  world.underlay.behind = 7
  const witness = () => port.witness?.(['accounting.invoices', 'accounting.payments'])
  await until(async () => ((await witness())?.latency[0]?.samples ?? 0) >= 5, {
    what: 'samples',
    timeoutMs: PATIENCE_MS,
  })
  const found = await witness()
  expect(found).toMatchObject({ maxSeconds: 5, minSamples: 3, windowSeconds: 10, bytesPerSecond: 0 })
  expect(found?.latency[0]?.seconds).toBeGreaterThan(0.2)
  expect(found?.latency[1]).toEqual({ topic: 'accounting.payments', seconds: null, samples: 0 })
  world.cloud.faults.monitoring = 'no-data'
  expect(await witness()).toMatchObject({
    bytesPerSecond: null,
    latency: [{ seconds: null, samples: 0 }, { seconds: null }],
  })
})

test('a position is the offset, on the source, of the last record of the copy', async () => {
  const world = await scene()
  const { A, B } = world.clusters
  A.withTopic('accounting.invoices', [
    [0, 0, 40, 40],
    [1, 0, 40, 40],
  ])
  B.withTopic('accounting.invoices.A', [
    [0, 0, 31, 31],
    [1, 0, 0, 0],
  ])
  const port = world.link('A', 'B')
  expect(await port.mirroredTo(['accounting.invoices', 'accounting.payments'])).toEqual([
    { topic: 'accounting.invoices', offsets: [[0, 30]] },
    { topic: 'accounting.payments', offsets: [] },
  ])
  A.findRecord = () => Promise.resolve(null)
  expect(await world.link('A', 'B').witness?.(['accounting.invoices'])).toMatchObject({
    incomparable: [{ topic: 'accounting.invoices', partitions: [0] }],
  })
  expect(await world.link('A', 'B').mirroredTo(['accounting.invoices', 'accounting.payments'])).toEqual([
    { topic: 'accounting.invoices', offsets: [], incomparable: [0] },
    { topic: 'accounting.payments', offsets: [] },
  ])
})

test('what the service lacks is found before a run relies on it', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  expect(await port.findings?.()).toEqual([])
  world.cloud.authorized.clear()
  world.cloud.mirrorings.get('A').throughput = '300'
  world.cloud.mirrorings.get('B').locked = true
  Object.assign(world.cloud.mirrorings.get('B').spec, { plan: 'standard' })
  world.underlay.serves = async () => false
  const codes = (await port.findings?.())?.map(({ severity, code }) => `${severity} ${code}`)
  expect(codes).toEqual([
    'blocking instance-locked',
    'blocking plan-not-enterprise',
    'blocking capacity-differs',
    'blocking status-not-available',
    'blocking authorization-missing',
  ])
  world.cloud.faults.adminDown = true
  expect((await port.findings?.())?.map(({ code }) => code)).toContain('service-not-seen')
})

test.each([
  // resource_plan_id as IBM's resource controller answers it, and names of plans.
  ['ibm.message.hub.enterprise.3nodes.2tb', []],
  ['enterprise-3nodes-2tb', []],
  ['b3f3a1d2-5c4e-4b6a-9d0e-0a1b2c3d4e5f', []],
  ['enterprise-gen2', ['blocking plan-not-enterprise']],
  ['ibm.message.hub.enterprise.gen2', ['blocking plan-not-enterprise']],
  ['ibm.message.hub.enterprise.gen-2', ['blocking plan-not-enterprise']],
  ['lite', ['blocking plan-not-enterprise']],
  ['ibm.message.hub.standard', ['blocking plan-not-enterprise']],
  ['something new', ['warning service-not-seen']],
])('the plan %s', async (plan, expected) => {
  const world = await scene()
  Object.assign(world.cloud.mirrorings.get('B').spec, { plan })
  const found = (await world.link('A', 'B').findings?.()) ?? []
  expect(found.map(({ severity, code }) => `${severity} ${code}`)).toEqual(expected)
})

test.each([
  ['the page of an ingress', 'default backend - 404'],
  ['an error of another service', { message: 'no route matched' }],
  ['an error that is no 404 of the interface', { error_code: 50300, message: 'upstream', incident_id: 'i' }],
])('a 404 that is %s certifies nothing: a link that is on is not taken for disabled', async (_, json) => {
  const world = await scene()
  const port = world.link('A', 'B')
  await port.enable()
  await expect.poll(async () => (await port.describe()).state).toBe('running')
  world.cloud.faults.adminLost = { json }
  const updates = () => world.cloud.requests.filter((request) => request.startsWith('PATCH')).length
  const before = updates()
  const refused = { type: errorTypes.unreachable, message: expect.stringContaining('somebody else answered 404') }
  await expect(port.probeDisabled()).rejects.toMatchObject(refused)
  await expect(port.disable()).rejects.toMatchObject(refused)
  expect(updates()).toBe(before)
  world.cloud.faults.adminLost = null
  expect((await port.probeDisabled()).disabled).toBe(false)
})

test('the position of a mirroring cannot be moved, and no operation is ever cancelled', async () => {
  const world = await scene()
  await expect(world.link('A', 'B').setPosition([])).rejects.toMatchObject({ type: errorTypes.precondition })
  expect(world.cloud.controller.cancelled).toBe(0)
})

test('no failure carries the API key or a token', async () => {
  const world = await scene()
  const port = world.link('A', 'B')
  world.cloud.faults.adminDown = true
  const texts = await Promise.all(
    [() => port.describe(), () => port.setPosition([]), () => port.setSelection(invoices, null)].map((act) =>
      act().then(String, (error: unknown) => `${String(error)} ${JSON.stringify(error)}`),
    ),
  )
  expect(texts.join()).not.toContain(apiKey)
  expect(texts.join()).not.toMatch(/Bearer \w/)
})
