import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { MirrorMaker2Config } from '../../src/backends/mirrormaker2/settings.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import type { MirroringPort } from '../../src/ports/mirroring.ts'
import { createMirrorMaker2 } from '../../src/backends/mirrormaker2/mirror-maker2.ts'
import { useLab } from '../lab/harness.ts'
import { PATIENCE_MS } from '../patience.ts'
import {
  changeConfig,
  connect,
  connectorConfig,
  createTopics,
  heard,
  linkOf,
  listTopics,
  mirrorMaker2,
  plantedSecret,
  produce,
  untilState,
} from './mirroring-support.ts'

const invoices = 'accounting.invoices'
const orders = 'accounting.orders'
/** A hyphen in the name, as in the way partitions are written. */
const payroll = 'hr-pay.roll'
const all = 'accounting\\.invoices,accounting\\.orders,hr-pay\\.roll'

const lab = useLab({
  topics: [
    { name: invoices, partitions: 3 },
    { name: orders, partitions: 2 },
    { name: payroll, partitions: 1 },
  ],
})

describe('a link that does not exist yet', () => {
  let link: MirrorMaker2Config
  let port: MirroringPort
  let url: string

  beforeAll(() => {
    link = linkOf(lab(), 'B', 'A')
    port = mirrorMaker2(link)
    url = lab().a.connect.url
  })

  test('it is absent, disabled, and nothing can be selected or read', async () => {
    expect(await port.describe()).toMatchObject({ state: 'absent', selection: null, assigned: [], runningTasks: 0 })
    expect(await port.probeDisabled()).toMatchObject({ disabled: true })
    await expect(port.setSelection(all, null)).rejects.toMatchObject({ type: errorTypes.precondition })
    await expect(port.mirroredTo([invoices])).rejects.toMatchObject({ type: errorTypes.precondition })
    await port.disable()
  })

  test('without settings to create it with, the failure says what to write where', async () => {
    const bare = mirrorMaker2({ ...link, source: { name: link.source.name } })
    const failure = bare.enable()
    await expect(failure).rejects.toMatchObject({ type: errorTypes.configuration })
    await expect(failure).rejects.toThrow(/B-A-source does not exist.*Add links\[B->A\]\.source\.config/s)
  })

  test('enabling creates it selecting nothing, and twice is once', async () => {
    await port.enable()
    expect(await port.describe()).toMatchObject({ state: 'running', selection: '^$', assigned: [], obstacles: [] })
    const settings = await connectorConfig(url, link.source.name)
    expect(settings['source.cluster.sasl.jaas.config']).toContain(plantedSecret)
    await port.enable()
    expect(await connectorConfig(url, link.source.name)).toEqual(settings)
    expect((await listTopics(lab().a)).filter((topic) => topic.endsWith('.B'))).toEqual([])
  })

  test('selecting waits until a task has the topics, and the checkpoint connector follows', async () => {
    await produce(lab().b, payroll, 1, 10)
    await port.setSelection('hr-pay\\.roll', '^$')
    expect(await port.describe()).toMatchObject({
      state: 'running',
      selection: 'hr-pay\\.roll',
      assigned: [{ topic: payroll, partitions: [0] }],
      runningTasks: 1,
    })
    expect((await connectorConfig(url, 'B-A-checkpoint'))['topics']).toBe('hr-pay\\.roll')
    await mirrored(port, payroll, 9)
  })

  test('deselecting leaves the checkpoint connector as it is', async () => {
    await port.setSelection('^$', 'hr-pay\\.roll')
    expect(await port.describe()).toMatchObject({ state: 'running', assigned: [], runningTasks: 0, obstacles: [] })
    expect((await connectorConfig(url, 'B-A-checkpoint'))['topics']).toBe('hr-pay\\.roll')
  })

  test('a checkpoint connector that is missing is created with the selection of the source connector', async () => {
    await port.setSelection('accounting\\.orders', '^$')
    await connect(url, 'DELETE', '/connectors/B-A-checkpoint')
    expect((await port.describe()).detail).toContain('B-A-checkpoint: absent')
    await port.enable()
    expect((await connectorConfig(url, 'B-A-checkpoint'))['topics']).toBe('accounting\\.orders')
    await port.disable()
  })
})

describe('a link that runs', () => {
  let link: MirrorMaker2Config
  let port: MirroringPort
  let url: string

  beforeAll(async () => {
    link = linkOf(lab(), 'A', 'B')
    port = mirrorMaker2(link)
    url = lab().b.connect.url
    await produce(lab().a, invoices, 3, 100)
    await produce(lab().a, payroll, 1, 50)
    await mirrored(port, invoices, 99)
  })

  beforeEach(async () => {
    await port.enable()
    const { selection } = await port.describe()
    if (selection !== all) await port.setSelection(all, selection)
  })

  test('it is described with every partition a task has', async () => {
    expect(await port.describe()).toMatchObject({
      state: 'running',
      selection: all,
      assigned: [
        { topic: invoices, partitions: [0, 1, 2] },
        { topic: orders, partitions: [0, 1] },
        { topic: payroll, partitions: [0] },
      ],
      runningTasks: 1,
      failedTasks: [],
      obstacles: [],
      copiesAcls: false,
    })
    expect(await port.probeDisabled()).toMatchObject({ disabled: false })
  })

  test('mirrored-to offsets are those of the topics asked for, and empty where nothing was mirrored', async () => {
    expect(await port.mirroredTo([invoices, orders])).toEqual([
      {
        topic: invoices,
        offsets: [
          [0, 99],
          [1, 99],
          [2, 99],
        ],
      },
      { topic: orders, offsets: [] },
    ])
    const stranger = mirrorMaker2({ ...link, from: 'C' })
    expect(await stranger.mirroredTo([invoices])).toEqual([{ topic: invoices, offsets: [] }])
  })

  test('deselected topics are no longer assigned when the call returns, and go on where they were', async () => {
    await port.setSelection('hr-pay\\.roll', all)
    expect((await port.describe()).assigned).toEqual([{ topic: payroll, partitions: [0] }])
    await produce(lab().a, invoices, 1, 5)
    await produce(lab().a, payroll, 1, 5)
    await mirrored(port, payroll, 54)
    expect((await port.mirroredTo([invoices]))[0]?.offsets[0]).toEqual([0, 99])
    await port.setSelection(all, 'hr-pay\\.roll')
    await mirrored(port, invoices, 104)
    const [checkpoint] = [(await connectorConfig(url, 'A-B-checkpoint'))['topics']]
    expect(checkpoint).toBe(all)
  })

  test('a new topic is taken up with all its partitions', async () => {
    await createTopics(lab().a, { 'accounting.late': 2 })
    await port.setSelection(`${all},accounting\\.late`, all)
    expect((await port.describe()).assigned).toContainEqual({ topic: 'accounting.late', partitions: [0, 1] })
  })

  test('a selected topic that does not exist does not hold up the others', async () => {
    await port.setSelection('hr-pay\\.roll', all)
    await port.setSelection(`${all},accounting\\.nowhere`, 'hr-pay\\.roll')
    expect((await port.describe()).assigned.map(({ topic }) => topic)).toEqual([invoices, orders, payroll])
  })

  test('a selection somebody else changed is refused with both texts; the wanted one is accepted', async () => {
    const failure = port.setSelection('hr-pay\\.roll', 'accounting\\.invoices')
    await expect(failure).rejects.toMatchObject({ type: errorTypes.precondition, nonRetryable: true })
    await expect(failure).rejects.toThrow(`Expected "accounting\\.invoices", found "${all}"`)
    await expect(port.setSelection('hr-pay\\.roll', null)).rejects.toMatchObject({ type: errorTypes.precondition })
    await port.setSelection(all, 'accounting\\.invoices')
    expect((await port.describe()).selection).toBe(all)
  })

  test('only topics change: every other setting goes back as it was', async () => {
    const before = await connectorConfig(url, 'A-B-source')
    await port.setSelection('hr-pay\\.roll', all)
    expect(await connectorConfig(url, 'A-B-source')).toEqual({ ...before, topics: 'hr-pay\\.roll' })
  })

  test('an entry that would make the connector fail is refused', async () => {
    await expect(port.setSelection('*', all)).rejects.toThrow(/the selection stays as it is.*"\*"/)
    expect((await port.describe()).selection).toBe(all)
  })

  test('a connector that fails is failed, with one line and no secret, and enabling restarts it', async () => {
    await changeConfig(url, 'A-B-source', { topics: '[]' })
    await untilState(url, 'A-B-source', 'FAILED')
    const { state, failedTasks } = await port.describe()
    expect(state).toBe('failed')
    expect(failedTasks.join()).toMatch(/A-B-source connector: \S+/)
    expect(failedTasks.join()).not.toContain('\n')
    expect(await port.probeDisabled()).toMatchObject({ disabled: false })
    await changeConfig(url, 'A-B-source', { topics: all })
    await port.enable()
    expect(await port.describe()).toMatchObject({ state: 'running', failedTasks: [] })
  })

  test('a pause is no disabling, refuses a selection, and ends with enabling', async () => {
    await connect(url, 'PUT', '/connectors/A-B-source/pause')
    await untilState(url, 'A-B-source', 'PAUSED')
    expect(await port.describe()).toMatchObject({ state: 'paused' })
    expect(await port.probeDisabled()).toMatchObject({ disabled: false })
    await expect(port.setSelection('hr-pay\\.roll', all)).rejects.toThrow(/is paused/)
    await port.enable()
    expect(await port.describe()).toMatchObject({ state: 'running', runningTasks: 1, selection: all })
  })

  test('what MirrorMaker copies by itself is not waited for: heartbeats stay assigned, and the change is done', async () => {
    await createTopics(lab().a, { heartbeats: 1, 'heartbeats.C': 1 })
    await changeConfig(url, 'A-B-source', { 'heartbeats.replication.enabled': null })
    const assigned = async () => (await port.describe()).assigned.map(({ topic }) => topic)
    await vi.waitFor(async () => expect(await assigned()).toContain('heartbeats'), {
      timeout: PATIENCE_MS,
      interval: 250,
    })
    await port.setSelection('^$', all)
    expect(await assigned()).toEqual(['heartbeats', 'heartbeats.C'])
    // A pattern has selected them as well; it goes, they stay.
    await port.setSelection('.*', '^$')
    await port.setSelection('hr-pay\\.roll', '.*')
    expect(await assigned()).toEqual(['heartbeats', 'heartbeats.C', payroll])
    await changeConfig(url, 'A-B-source', { 'heartbeats.replication.enabled': 'false' })
  })

  test('what another person took in or out meanwhile is not waited for', async () => {
    // The text was narrowed by somebody, and a run that repeats its own change finds it done.
    await changeConfig(url, 'A-B-source', { topics: 'hr-pay\\.roll' })
    await port.setSelection('hr-pay\\.roll', all)
    expect((await port.describe()).assigned).toEqual([{ topic: payroll, partitions: [0] }])
  })

  test('disabled: no task is left and the position stays; enabled again it goes on', async () => {
    await port.disable()
    expect(await port.describe()).toMatchObject({ state: 'stopped', assigned: [], runningTasks: 0 })
    expect(await port.probeDisabled()).toMatchObject({ disabled: true })
    await port.disable()
    const [before] = await port.mirroredTo([payroll])
    const end = (before?.offsets[0]?.[1] ?? 0) + 7
    await produce(lab().a, payroll, 1, 7)
    expect(await port.mirroredTo([payroll])).toEqual([before])
    await port.enable()
    await mirrored(port, payroll, end)
  })

  test('enabling right after a selection was changed on a stopped link starts it', async () => {
    await port.disable()
    await changeConfig(url, 'A-B-source', { topics: 'hr-pay\\.roll' })
    await port.enable()
    expect(await port.describe()).toMatchObject({ state: 'running', assigned: [{ topic: payroll, partitions: [0] }] })
  })

  test('a position moves only while the link is stopped, and what is not named stays', async () => {
    await expect(port.setPosition([{ topic: invoices, offsets: [[0, 50]] }])).rejects.toMatchObject({
      type: errorTypes.precondition,
    })
    await port.disable()
    const [before] = await port.mirroredTo([invoices])
    await port.setPosition([{ topic: invoices, offsets: [[1, 50]] }])
    await port.setPosition([{ topic: invoices, offsets: [[1, 50]] }])
    expect(await port.mirroredTo([invoices])).toEqual([
      { topic: invoices, offsets: [before?.offsets[0], [1, 50], before?.offsets[2]] },
    ])
    await expect(port.setPosition([{ topic: invoices, offsets: [[1, -1]] }])).rejects.toThrow(/-1 is no offset/)
    // Null deletes the position of one partition: it alone is mirrored again, from the start of its log.
    await port.setPosition([{ topic: invoices, offsets: [[1, null]] }])
    await port.setPosition([{ topic: invoices, offsets: [[1, null]] }])
    expect(await port.mirroredTo([invoices])).toEqual([
      { topic: invoices, offsets: [before?.offsets[0], before?.offsets[2]] },
    ])
    await port.setPosition([before ?? { topic: invoices, offsets: [] }])
  })

  test('a checkpoint connector that still works is not disabled', async () => {
    await connect(url, 'PUT', '/connectors/A-B-source/stop')
    await untilState(url, 'A-B-source', 'STOPPED', 0)
    const { disabled, detail } = await port.probeDisabled()
    expect(disabled).toBe(false)
    expect(detail).toContain('A-B-checkpoint: RUNNING')
  })

  test('a wrong connector name does not pass for a link that is off', async () => {
    const mistyped = mirrorMaker2({ ...link, source: { name: 'A-B-sauce' } })
    const { disabled, detail } = await mistyped.probeDisabled()
    expect(disabled).toBe(false)
    expect(detail).toContain('connector A-B-source, which switchback.yaml does not name')
  })

  test("a foreign connector counts by what it selects, patterns included, and another pair's is named", async () => {
    const own = await connectorConfig(url, 'A-B-source')
    const put = (topics: string) =>
      connect(url, 'PUT', '/connectors/A-B-others/config', { ...own, name: 'A-B-others', topics })
    const near = createMirrorMaker2(link, { topics: [invoices, payroll], named: new Map([['A-B-others', 'shipping']]) })
    await put('accounting\\.orders')
    await untilState(url, 'A-B-others', 'RUNNING')
    expect((await near.describe()).obstacles).toEqual([])
    expect((await port.describe()).obstacles.join()).toContain('A-B-others')
    await put('hr-.*')
    await vi.waitFor(async () => expect((await near.describe()).obstacles.join()).toContain('of the pair shipping'))
    await near.disable()
    expect(await near.probeDisabled()).toMatchObject({ disabled: false })
    await put('accounting\\.orders')
    await vi.waitFor(async () => expect(await near.probeDisabled()).toMatchObject({ disabled: true }), {
      timeout: PATIENCE_MS,
      interval: 500,
    })
    await connect(url, 'DELETE', '/connectors/A-B-others')
  })

  test('settings under which the offsets prove nothing are obstacles', async () => {
    await port.disable()
    const guilty = {
      'errors.tolerance': 'all',
      transforms: 'drop',
      'transforms.drop.type': 'org.apache.kafka.connect.transforms.Filter',
      'exactly.once.support': 'requested',
      'source.consumer.isolation.level': 'read_uncommitted',
      'sync.topic.acls.enabled': null,
    }
    const before = await connectorConfig(url, 'A-B-source')
    await changeConfig(url, 'A-B-source', guilty)
    const { obstacles, copiesAcls, detail } = await port.describe()
    expect(obstacles.join('\n')).toMatch(/errors\.tolerance all/)
    expect(obstacles.join('\n')).toMatch(/transforms \(drop\)/)
    expect(obstacles.join('\n')).not.toMatch(/uncommitted/)
    expect(detail).toMatch(/reads uncommitted records/)
    expect(copiesAcls).toBe(true)
    await connect(url, 'PUT', '/connectors/A-B-source/config', before)
    expect((await port.describe()).obstacles).toEqual([])
  })

  test('a connector of other clusters is not resumed', async () => {
    await port.disable()
    await changeConfig(url, 'A-B-source', { 'source.cluster.alias': 'X' })
    expect((await port.describe()).obstacles.join()).toMatch(/source\.cluster\.alias "X", not A/)
    await expect(port.enable()).rejects.toMatchObject({ type: errorTypes.precondition })
    await expect(port.setSelection('hr-pay\\.roll', all)).rejects.toThrow(/source\.cluster\.alias "X"/)
    await changeConfig(url, 'A-B-source', { 'source.cluster.alias': 'A' })
  })

  test('without the setting topics nothing is resumed and nothing is written: it would mirror everything', async () => {
    await port.disable()
    await changeConfig(url, 'A-B-source', { topics: null })
    expect(await port.describe()).toMatchObject({ selection: null })
    expect((await port.describe()).obstacles.join()).toMatch(/no setting topics.*every topic/)
    await expect(port.enable()).rejects.toThrow(/no setting topics/)
    await expect(port.setSelection(all, null)).rejects.toThrow(/no setting topics/)
    expect(await connectorConfig(url, 'A-B-source')).not.toHaveProperty('topics')
    await changeConfig(url, 'A-B-source', { topics: all })
  })
})

describe('a link whose source is dead', () => {
  let port: MirroringPort

  beforeAll(async () => {
    port = mirrorMaker2(linkOf(lab(), 'A', 'B'))
    await port.enable()
    const { selection } = await port.describe()
    if (selection !== all) await port.setSelection(all, selection)
    await lab().a.kill()
  })

  test('Connect says RUNNING all the same, and the positions can be read', async () => {
    expect(await port.describe()).toMatchObject({ state: 'running', runningTasks: 1 })
    expect((await port.mirroredTo([invoices]))[0]?.offsets).toHaveLength(3)
  })

  test('topics can be taken out of the selection, and a link without a task shows it', async () => {
    await port.setSelection('hr-pay\\.roll', all)
    const { state, selection, assigned, obstacles } = await port.describe()
    expect({ state, selection, assigned }).toEqual({ state: 'running', selection: 'hr-pay\\.roll', assigned: [] })
    expect(obstacles.join()).toMatch(/RUNNING without a task/)
  })

  test('a wait for topics that cannot come ends when it is aborted', async () => {
    const control = new AbortController()
    setTimeout(() => control.abort(new Error('enough')), 3_000)
    await expect(port.setSelection(all, 'hr-pay\\.roll', control.signal)).rejects.toThrow('enough')
  })

  test('it can be disabled, and the position is final', async () => {
    await port.disable()
    expect(await port.probeDisabled()).toMatchObject({ disabled: true })
    expect((await port.mirroredTo([invoices]))[0]?.offsets).toHaveLength(3)
  })
})

afterAll(() => {
  expect(heard.length).toBeGreaterThan(50)
  expect(heard.filter((said) => said.includes(plantedSecret))).toEqual([])
})

/** Waits until the first partition of the topic has reached this offset. */
async function mirrored(port: MirroringPort, topic: string, offset: number): Promise<void> {
  await vi.waitFor(async () => expect((await port.mirroredTo([topic]))[0]?.offsets[0]).toEqual([0, offset]), {
    timeout: PATIENCE_MS,
    interval: 200,
  })
}
