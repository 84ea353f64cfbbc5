import { describe, expect, test } from 'vitest'
import type { AclEntry } from '../../src/contract/dossier.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import { listedSomewhere } from '../../src/domain/fence/acl-listings.ts'
import type { ClusterPort, LastRecord, StoredRecord } from '../../src/ports/cluster.ts'
import { PATIENCE_MS } from '../patience.ts'

/** What a client does on a cluster, beside the port. */
export interface ClusterGround {
  port: ClusterPort
  createTopic(topic: string, partitions?: number, settings?: Record<string, string>): Promise<void>
  deleteTopic(topic: string): Promise<void>
  /** One batch: a key and a value each. */
  produce(
    topic: string,
    records: [key: string, value: string][],
    how?: { partition?: number; header?: string },
  ): Promise<void>
  /** A transaction with these records in partition 0, left open. */
  begin(
    transactionalId: string,
    topic: string,
    values: string[],
  ): Promise<{ commit(): Promise<void>; abort(): Promise<void> }>
  deleteRecordsBefore(topic: string, offset: number): Promise<void>
  /** A member joins the group; answers how it leaves. */
  join(group: string, topic: string): Promise<() => Promise<void>>
  /** Of each key of partition 0 the last record stays. The topic is one of `compactedSettings`, and whole segments are cleaned alone. */
  compact(topic: string): Promise<void>
}

/** Of a topic that is cleaned soon. */
export const compactedSettings = {
  'cleanup.policy': 'compact',
  'segment.ms': '100',
  'min.cleanable.dirty.ratio': '0.01',
}

/** What a broker does in its own time, such as the markers of a transaction or the end of a group, is waited for. */
const soon = { timeout: PATIENCE_MS, interval: 20 }

/**
 * What activities rely on of a cluster, played over whatever is one. `name` keeps the topics and groups of one ground apart.
 */
export function clusterContract(name: string, ground: () => ClusterGround): void {
  const topic = (part: string) => `contract.${name}.${part}`
  const port = () => ground().port
  const row = async (of: string) => (await port().ends([of]))[0]?.partitions[0]
  const values = (records: readonly StoredRecord[]) => records.map(({ value }) => value?.toString())
  const failed = (type: string) => ({ type })

  describe('topics', () => {
    test('what is missing is left out, and a topic that is made again is another one', async () => {
      const here = topic('here')
      await ground().createTopic(here, 2)
      const described = await port().describeTopics([here, topic('nowhere')])
      expect(described).toMatchObject([{ topic: here, partitions: 2, offline: [], replicas: 1 }])
      expect(await port().ends([here, topic('nowhere')])).toEqual([
        {
          topic: here,
          topicId: described[0]?.topicId,
          partitions: [
            [0, 0, 0, 0],
            [1, 0, 0, 0],
          ],
        },
      ])
      expect(await port().listTopics()).toContain(here)
      await ground().deleteTopic(here)
      await expect.poll(() => port().describeTopics([here]), soon).toEqual([])
      await ground().createTopic(here, 2)
      const again = await port().describeTopics([here])
      expect(again).toHaveLength(1)
      expect(again[0]?.topicId).not.toBe(described[0]?.topicId)
    })

    test('those that exist stay as they are; those that hold nothing can be deleted, by their id alone', async () => {
      const [one, other] = [topic('made-one'), topic('made-other')]
      await port().createTopics([{ topic: one, partitions: 3, settings: { 'retention.ms': '3600000' } }])
      await port().createTopics([
        { topic: one, partitions: 5, settings: {} },
        { topic: other, partitions: 1, settings: { 'cleanup.policy': 'compact' } },
      ])
      const described = await port().describeTopics([one, other])
      expect(described.map(({ partitions }) => partitions)).toEqual([3, 1])
      const settings = await port().topicSettings([one, topic('nowhere')], ['retention.ms', 'cleanup.policy'])
      expect(settings).toEqual([
        { topic: one, settings: { 'retention.ms': '3600000', 'cleanup.policy': 'delete' }, own: ['retention.ms'] },
      ])
      expect(await port().compacted([one, other])).toEqual([other])
      await ground().produce(one, [['k', 'v']])
      const ids = described.map(({ topic: named, topicId }) => ({ topic: named, topicId }))
      const left = await port().deleteEmptyTopics([...ids, { topic: topic('nowhere'), topicId: 'x' }])
      expect(left).toEqual([{ topic: one, why: '1 of its partitions have been written to' }])
      expect(await port().describeTopics([other])).toEqual([])
      await port().createTopics([{ topic: other, partitions: 1, settings: {} }])
      expect(await port().deleteEmptyTopics(ids.slice(1))).toEqual([
        { topic: other, why: 'it was created again by somebody else' },
      ])
    })
  })

  describe('records', () => {
    test('a transaction holds what lies behind it back, and its end takes an offset', async () => {
      const written = topic('transaction')
      await ground().createTopic(written)
      await ground().produce(written, [['a', 'before']])
      const open = await ground().begin(`${name}-holds`, written, ['undecided', 'undecided'])
      await ground().produce(written, [['b', 'behind']])
      expect(await row(written)).toEqual([0, 0, 4, 1])
      expect(await port().logEnds([written])).toEqual([{ topic: written, offsets: [[0, 4]] }])
      expect(await port().scan(written, 0, 0, 4)).toMatchObject({ records: 1, controlMarkers: 0, complete: false })
      expect(await port().scanUncommitted(written, 0, 0, 4)).toEqual({ aborted: [], open: [[1, 3, 2]], complete: true })
      const [holder] = await port().openTransactions([{ topic: written, partition: 0 }])
      expect(holder).toMatchObject({
        transactionalId: `${name}-holds`,
        state: 'Ongoing',
        partitions: [[written, 0, 1]],
      })
      const held = await port().readRecords(written, 0, 0, 4)
      expect([values(held.records), held.next]).toEqual([['before'], 1])
      expect(await port().readRecords(written, 0, 1, 4)).toEqual({ records: [], next: 1 })
      await open.commit()
      await expect.poll(() => row(written), soon).toEqual([0, 0, 5, 5])
      expect(await port().scan(written, 0, 0, 5)).toMatchObject({ records: 4, controlMarkers: 1, complete: true })
      expect(await port().scanUncommitted(written, 0, 0, 5)).toEqual({ aborted: [], open: [], complete: true })
      expect(await port().openTransactions([{ topic: written, partition: 0 }])).toEqual([])
    })

    test('what was aborted is read by nobody who reads committed records', async () => {
      const written = topic('aborted')
      await ground().createTopic(written)
      await ground().produce(written, [['a', 'first']])
      await (await ground().begin(`${name}-aborts`, written, ['never', 'never'])).abort()
      await expect.poll(() => row(written), soon).toEqual([0, 0, 4, 4])
      expect(await port().scan(written, 0, 0, 4)).toMatchObject({ records: 1, controlMarkers: 1, complete: true })
      expect(await port().scanUncommitted(written, 0, 0, 4)).toEqual({ aborted: [[1, 3, 2]], open: [], complete: true })
      const { records, next } = await port().readRecords(written, 0, 0, 4)
      expect([values(records), next]).toEqual([['first'], 4])
      const place = { topic: written, partition: 0 }
      const committed = await port().digestRange(place, { from: 0, to: 4, isolation: 'committed' })
      const uncommitted = await port().digestRange(place, { from: 0, to: 4, isolation: 'uncommitted' })
      expect([committed, uncommitted]).toMatchObject([
        { records: 1, complete: true },
        { records: 3, complete: true },
      ])
      expect(uncommitted.digest).not.toBe(committed.digest)
    })

    test('what was removed at the start is gone, and offsets stay', async () => {
      const written = topic('removed')
      await ground().createTopic(written)
      await ground().produce(written, [
        ['a', 'one'],
        ['b', 'two'],
        ['c', 'three'],
      ])
      await ground().deleteRecordsBefore(written, 2)
      expect(await row(written)).toEqual([0, 2, 3, 3])
      expect(await port().scan(written, 0, 0, 3)).toMatchObject({ records: 1, complete: true })
      expect(await port().readRecords(written, 0, 0, 3)).toEqual({ records: [], next: 2 })
      const { records, next } = await port().readRecords(written, 0, 2, 3)
      expect([records.map(({ offset }) => offset), next]).toEqual([[2], 3])
      const digest = await port().digestRange(
        { topic: written, partition: 0 },
        { from: 0, to: 3, isolation: 'committed' },
      )
      expect(digest).toMatchObject({ records: 1, complete: true, start: 2 })
      await expect(port().scan(topic('nowhere'), 0, 0, 1)).rejects.toMatchObject(failed(errorTypes.precondition))
    })

    test('compaction leaves the last record of each key where it was', async () => {
      const written = topic('compacted')
      await ground().createTopic(written, 1, compactedSettings)
      await ground().produce(written, [
        ['a', 'old'],
        ['b', 'kept'],
        ['a', 'new'],
      ])
      await ground().compact(written)
      const seen = async () => (await port().readRecords(written, 0, 0, 3)).records.map(({ offset }) => offset)
      await expect.poll(seen, soon).toEqual([1, 2])
      expect(await port().scan(written, 0, 0, 3)).toMatchObject({ records: 2, complete: true })
      expect((await row(written))?.[1]).toBe(0)
    })

    test('the last record is found again on another topic by what it holds, not by its offset', async () => {
      const [source, copy, empty, aborted] = ['marked', 'marked.copy', 'marked.empty', 'marked.aborted'].map(topic) as [
        string,
        string,
        string,
        string,
      ]
      for (const one of [source, copy, empty, aborted]) await ground().createTopic(one)
      await ground().produce(source, [
        ['a', 'one'],
        ['b', 'two'],
      ])
      await ground().produce(source, [['c', 'three']], { header: 'told' })
      await (await ground().begin(`${name}-only-aborted`, aborted, ['never'])).abort()
      await expect.poll(() => row(aborted), soon).toEqual([0, 0, 2, 2])
      const { records } = await port().readRecords(source, 0, 1, 3)
      const copier = await port().openCopy(`contract.${name}.marked`)
      await copier.append([{ topic: copy, partition: 0, records, next: 3 }])
      await expect.poll(() => row(copy), soon).toEqual([0, 0, 3, 3])
      const places = [copy, empty, aborted, topic('nowhere')].map((one) => ({ topic: one, partition: 0 }))
      const lasts = await port().lastRecords(places)
      expect(lasts.map(({ found }) => found)).toEqual(['record', 'empty', 'no-record', 'absent'])
      const [last] = lasts as [LastRecord & { found: 'record' }]
      expect(last.mark.offset).toBe(1)
      const wanted = { topic: source, partition: 0, ...last.mark }
      expect(await port().findRecords([wanted, { ...wanted, digest: 'another' }])).toEqual([2, null])
      const [both, alike] = await Promise.all([
        port().digestRange({ topic: source, partition: 0 }, { from: 1, to: 3, isolation: 'committed' }),
        port().digestRange({ topic: copy, partition: 0 }, { from: 0, to: 3, isolation: 'committed' }),
      ])
      expect(both).toEqual(alike)
    })

    test('a topic that stamps records itself is told apart', async () => {
      const stamping = topic('stamping')
      await ground().createTopic(stamping, 1, { 'message.timestamp.type': 'LogAppendTime' })
      await ground().produce(stamping, [['a', 'b']])
      const [last] = await port().lastRecords([{ topic: stamping, partition: 0 }])
      expect(last).toMatchObject({ found: 'record', mark: { offset: 0, restamped: true } })
    })
  })

  describe('copies', () => {
    test('go on where they were committed, and an earlier copier is over once another one is open', async () => {
      const into = topic('copied')
      await ground().createTopic(into)
      const id = `contract.${name}.copy`
      const record = (value: string): StoredRecord => ({
        offset: 7,
        timestamp: 1_000,
        key: null,
        value: Buffer.from(value),
        headers: [],
      })
      const first = await port().openCopy(id)
      expect(first.progress).toEqual([])
      const done = [{ topic: into, partition: 0, next: 12, records: 2, first: 0, last: 1 }]
      const part = { topic: into, partition: 0 }
      expect(await first.append([{ ...part, records: [record('x'), record('y')], next: 12 }])).toEqual(done)
      const second = await port().openCopy(id)
      expect(second.progress).toEqual(done)
      await expect(first.append([{ ...part, records: [record('z')], next: 13 }])).rejects.toMatchObject(
        failed(errorTypes.notYet),
      )
      const more = [{ topic: into, partition: 0, next: 20, records: 3, first: 0, last: 3 }]
      expect(await second.append([{ ...part, records: [record('z')], next: 20 }])).toEqual(more)
      expect(await port().copyProgress(id)).toEqual(more)
      await port().deleteGroup(id)
      expect(await port().copyProgress(id)).toEqual([])
    })

    test('of our own topics the last record of each key is read, from anywhere in the log', async () => {
      const kept = topic('kept')
      expect(await port().readKeyed(kept, 0, null)).toBeNull()
      await port().createTopics([{ topic: kept, partitions: 1, settings: { 'cleanup.policy': 'compact' } }])
      const keyed = (key: string, value: string) => ({ key, value: Buffer.from(value) })
      expect(await port().appendKeyed(kept, [keyed('p', '1'), keyed('p/0', '2'), keyed('pair', '3')])).toBe(3)
      expect(await port().appendKeyed(kept, [keyed('p', '4')])).toBe(4)
      const read = async (from: number, owner: string | null) => {
        const found = await port().readKeyed(kept, from, owner)
        return [found?.records.map(({ key, value }) => [key, Buffer.from(value).toString()]), found?.end]
      }
      expect(await read(0, 'p')).toEqual([
        [
          ['p/0', '2'],
          ['p', '4'],
        ],
        4,
      ])
      expect(await read(2, null)).toEqual([
        [
          ['pair', '3'],
          ['p', '4'],
        ],
        4,
      ])
      expect(await read(9, 'pair')).toEqual([[['pair', '3']], 4])
    })
  })

  describe('groups', () => {
    test('are placed where there is a place, and nowhere else', async () => {
      const read = topic('read')
      await ground().createTopic(read, 2)
      await ground().produce(read, [['a', 'one']])
      const group = `contract.${name}.placed`
      expect(await port().groupStates([group])).toMatchObject([{ group, state: 'absent', members: [] }])
      expect(await port().groupOffsets([group])).toEqual([{ group, topics: [] }])
      const at = (offsets: [number, number][], on = read) => ({ group, topics: [{ topic: on, offsets }] })
      for (const wrong of [at([[0, 2]]), at([[5, 0]]), at([[0, 0]], topic('nowhere'))])
        await expect(port().setGroupOffsets(wrong)).rejects.toMatchObject(failed(errorTypes.precondition))
      await port().setGroupOffsets(
        at([
          [0, 1],
          [1, 0],
        ]),
      )
      expect(await port().groupOffsets([group], [read])).toEqual([
        at([
          [0, 1],
          [1, 0],
        ]),
      ])
      expect(await port().groupOffsets([group], [topic('nowhere')])).toEqual([{ group, topics: [] }])
      expect(await port().groupStates([group])).toMatchObject([{ state: 'empty' }])
      await port().deleteGroup(group)
      expect(await port().groupOffsets([group])).toEqual([{ group, topics: [] }])
      await port().deleteGroup(group)
    })

    test('are left alone while somebody is a member', async () => {
      const read = topic('joined')
      await ground().createTopic(read)
      const group = `contract.${name}.joined`
      const leave = await ground().join(group, read)
      await expect.poll(() => port().groupStates([group]), soon).toMatchObject([{ state: 'active' }])
      const offsets = { group, topics: [{ topic: read, offsets: [[0, 0]] as [number, number][] }] }
      await expect(port().setGroupOffsets(offsets)).rejects.toMatchObject(failed(errorTypes.precondition))
      await expect(port().deleteGroup(group)).rejects.toMatchObject(failed(errorTypes.rejected))
      await leave()
      await expect.poll(() => port().groupStates([group]), soon).not.toMatchObject([{ state: 'active' }])
      await port().setGroupOffsets(offsets)
    })
  })

  describe('access', () => {
    test('a DENY beats every ALLOW, until it is removed', async () => {
      const guarded = topic('guarded')
      await ground().createTopic(guarded)
      const entry = (fields: Partial<AclEntry>): AclEntry => ({
        resource: 'topic',
        name: guarded,
        pattern: 'literal',
        principal: 'User:contract',
        host: '*',
        operation: 'Write',
        permission: 'allow',
        ...fields,
      })
      const [allow, deny] = [
        entry({ name: `contract.${name}.gua`, pattern: 'prefixed' }),
        entry({ permission: 'deny' }),
      ]
      const may = async () => (await port().access('User:contract', 'Write', [guarded])).allowed
      expect(await may()).toEqual([])
      await port().createAcls([allow])
      await port().createAcls([allow])
      expect(await may()).toEqual([guarded])
      await port().createAcls([deny])
      expect(await may()).toEqual([])
      expect(await port().access('User:contract', 'Write', [guarded])).toMatchObject({
        evidence: 'derived-from-acls',
        denied: [guarded],
      })
      const checks = [
        { principal: 'User:contract', operation: 'Write' as const, of: 'topic' as const, names: [guarded] },
      ]
      expect(await port().accessByAcls(checks)).toEqual([
        { evidence: 'derived-from-acls', allowed: [], denied: [guarded] },
      ])
      const ours = async () =>
        listedSomewhere(await port().acls([guarded])).filter(({ principal }) => principal === 'User:contract')
      expect(await ours()).toEqual(expect.arrayContaining([allow, deny]))
      await port().deleteAcls([deny, allow])
      expect(await ours()).toEqual([])
      await port().deleteAcls([deny])
      expect(await port().groupAccess('User:contract', ['contract.group'])).toMatchObject({
        denied: ['contract.group'],
      })
    })
  })

  test('who wrote is known by its id, and by its name where it has transactions', async () => {
    const written = topic('producers')
    await ground().createTopic(written)
    await (await ground().begin(`${name}-writes`, written, ['one', 'two'])).commit()
    await expect.poll(() => row(written), soon).toEqual([0, 0, 3, 3])
    const [found] = await port().producers([written, topic('nowhere')])
    expect(found).toMatchObject({
      topic: written,
      producers: [[0, expect.any(Number), expect.any(Number), 1, expect.any(Number)]],
    })
    const ids = found?.producers.map(([, id]) => id) ?? []
    expect(await port().transactionalIds(ids)).toEqual([[ids[0], `${name}-writes`]])
    expect(await port().transactionalIds([ids[0] ?? 0, 987_654])).toEqual([[ids[0], `${name}-writes`]])
  })

  test('a call that is over before it begins asks nothing', async () => {
    await expect(port().listTopics(AbortSignal.abort())).rejects.toBeDefined()
  })
}
