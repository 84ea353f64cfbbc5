import { describe, expect, test } from 'vitest'
import type { ReceivedRecord } from '../../lab/apps/records.ts'
import { uncommitted } from './uncommitted.ts'

const outage = { cluster: 'B', from: 100_000, to: 120_000 }
const read = (offset: number, at: number, cluster = 'B'): ReceivedRecord => ({
  topic: 'orders.eu',
  origin: 'orders.eu',
  partition: 1,
  offset,
  key: 'k',
  seq: offset + 1,
  cluster,
  at,
})
const place = (offset: number) => ({ cluster: 'B', topic: 'orders.eu', partition: 1, from: offset, to: offset + 1 })

describe('read again because the broker was struck', () => {
  test('what was processed just before, or during, and again afterwards', () => {
    const received = [read(4, 99_000), read(5, 119_000), read(4, 121_000), read(5, 121_000), read(6, 121_000)]
    expect(uncommitted(received, [outage])).toEqual([place(4), place(5)])
  })

  test('not what was processed long before, nor what was read again elsewhere, or when nothing was struck', () => {
    const received = [read(3, 94_000), read(3, 121_000), read(4, 99_000, 'A'), read(4, 121_000, 'A')]
    expect(uncommitted(received, [outage])).toEqual([])
    expect(uncommitted([read(4, 99_000), read(4, 121_000)], [])).toEqual([])
    expect(uncommitted([read(4, 130_000), read(4, 131_000)], [outage])).toEqual([])
  })
})
