import { expect, test } from 'vitest'
import { errorTypes } from '../../src/contract/errors.ts'
import { withoutTopics, withTopics } from '../../src/domain/names/selection.ts'
import type { ClusterLooks } from '../../src/ports/cluster.ts'
import type { MirroringPort } from '../../src/ports/mirroring.ts'
import { PATIENCE_MS } from '../patience.ts'

/** A link that is enabled, and what clients do on its source. */
export interface MirroringGround {
  port: MirroringPort
  source: ClusterLooks
  target: ClusterLooks
  copyOf(topic: string): string
  /** On the source. */
  createTopic(topic: string): Promise<void>
  produce(topic: string, values: string[]): Promise<void>
  /** A transaction that is committed. */
  transact(topic: string, values: string[]): Promise<void>
  /** Its position can be moved, and it translates groups; else it is a provider's. */
  movesPosition: boolean
}

/** Tasks follow a selection, and records arrive, in their own time. */
const soon = { timeout: PATIENCE_MS, interval: 50 }

/** What activities rely on of a link, played over whatever is one. `name` keeps the topics of one ground apart. */
export function mirroringContract(name: string, ground: () => MirroringGround): void {
  const topic = (part: string) => `contract.${name}.${part}`
  const port = () => ground().port
  const refused = { type: errorTypes.precondition }
  const selection = async () => (await port().describe()).selection ?? ''

  /** Until it is assigned, as a run waits. */
  const select = async (one: string) => {
    const before = await selection()
    await port().setSelection(withTopics(before, [one]), before)
    await expect.poll(() => assigned(one), soon).toBe(true)
  }
  const assigned = async (one: string) => (await port().describe()).assigned.some((row) => row.topic === one)
  const leave = async (one: string) => {
    const before = await selection()
    await port().setSelection(withoutTopics(before, [one]), before)
    await expect.poll(() => assigned(one), soon).toBe(false)
  }
  const position = async (one: string) => (await port().mirroredTo([one]))[0]?.offsets
  const copied = async (one: string) => {
    const copy = ground().copyOf(one)
    const [ends] = await ground().target.ends([copy])
    const [, start, end] = ends?.partitions[0] ?? [0, 0, 0]
    if (ends === undefined || start === end) return []
    const { records } = await ground().target.readRecords(copy, 0, start, end)
    return records.map(({ value }) => value?.toString())
  }
  const disabled = async () => (await port().probeDisabled()).disabled
  const off = async () => {
    await port().disable()
    await expect.poll(disabled, soon).toBe(true)
  }
  const on = async () => {
    await port().enable()
    await expect.poll(async () => (await port().describe()).state, soon).toBe('running')
  }

  test('what it selects is copied, and its position is that of the last record copied', async () => {
    const [mirrored, other] = [topic('mirrored'), topic('other')]
    for (const one of [mirrored, other]) await ground().createTopic(one)
    await ground().produce(mirrored, ['one', 'two'])
    await ground().produce(other, ['not this one'])
    await select(mirrored)
    await expect.poll(() => copied(mirrored), soon).toEqual(['one', 'two'])
    await ground().transact(mirrored, ['three'])
    await expect.poll(() => position(mirrored), soon).toEqual([[0, 2]])
    await expect.poll(() => copied(mirrored), soon).toEqual(['one', 'two', 'three'])
    const [last] = await ground().target.lastRecords([{ topic: ground().copyOf(mirrored), partition: 0 }])
    if (last?.found !== 'record') throw new Error(`the copy holds ${last?.found}`)
    expect(await ground().source.findRecords([{ topic: mirrored, partition: 0, ...last.mark }])).toEqual([2])
    expect(await port().mirroredTo([other])).toEqual([{ topic: other, offsets: [] }])
    expect(await ground().target.describeTopics([ground().copyOf(other)])).toEqual([])
    await leave(mirrored)
    await ground().produce(mirrored, ['four'])
    expect(await position(mirrored)).toEqual([[0, 2]])
  })

  test('a selection that somebody else has changed is left, and so is one that cannot be judged', async () => {
    const before = await selection()
    await expect(port().setSelection(`${before},others`, 'what it was once')).rejects.toMatchObject(refused)
    await expect(port().setSelection(String.raw`(?<=a)b`, before)).rejects.toMatchObject(refused)
    expect(await selection()).toBe(before)
    await port().setSelection(before, 'what it was once')
  })

  test('what is written while it is off comes when it is on again, once', async () => {
    const late = topic('late')
    await ground().createTopic(late)
    await ground().produce(late, ['before'])
    await select(late)
    await expect.poll(() => position(late), soon).toEqual([[0, 0]])
    const { selection: text } = await port().describe()
    const past = [{ topic: late, offsets: [[0, 2]] as [number, number][] }]
    await expect(port().setPosition(past)).rejects.toMatchObject(refused)
    await off()
    await off()
    const described = await port().describe()
    expect(described).toMatchObject({ assigned: [], runningTasks: 0 })
    expect(described.state).toBe(ground().movesPosition ? 'stopped' : 'absent')
    await ground().produce(late, ['settled', 'settled', 'wanted'])
    // A provider's own position is found by comparing; a connector's is kept under its name.
    expect(await position(late)).toEqual([[0, 0]])
    if (ground().movesPosition) {
      await expect(port().setPosition([{ topic: late, offsets: [[0, -1]] }])).rejects.toMatchObject(refused)
      await port().setPosition(past)
      expect(await position(late)).toEqual([[0, 2]])
    } else await expect(port().setPosition(past)).rejects.toMatchObject(refused)
    await on()
    await on()
    const again = await port().describe()
    if (again.selection !== text) await port().setSelection(text ?? '', again.selection)
    const first = ground().movesPosition ? ['before', 'wanted'] : ['before', 'settled', 'settled', 'wanted']
    await expect.poll(() => copied(late), soon).toEqual(first)
    await expect.poll(() => position(late), soon).toEqual([[0, 3]])
    if (ground().movesPosition) {
      await off()
      await port().setPosition([{ topic: late, offsets: [[0, null]] }])
      expect(await position(late)).toEqual([])
      await on()
      await expect.poll(() => copied(late), soon).toEqual([...first, 'before', 'settled', 'settled', 'wanted'])
    }
    await leave(late)
  })
}
