import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { histories, limits, mirrored, walk } from './model.ts'

const size = fc.integer({ min: 1, max: 25 })
const runs = { numRuns: 2_000 }

test('a healthy link never differs, whatever was copied twice, aborted, marked or removed by retention', () => {
  fc.assert(
    fc.property(histories, size, fc.boolean(), limits, (history, blocks, searches, within) => {
      expect(walk(mirrored(history), blocks, { searches, limits: within }).map(({ result }) => result)).not.toContain(
        'missing',
      )
    }),
    runs,
  )
})

test('a healthy link whose copy kept everything is the same in every block', () => {
  fc.assert(
    fc.property(histories, size, (history, blocks) => {
      const logs = mirrored({ ...history, copyRemoved: 0 })
      expect(walk(logs, blocks).every(({ result }) => result === 'same')).toBe(true)
    }),
    runs,
  )
})

test('what is said to be the same is in the copy, each record as often as on the source, whatever was left out', () => {
  fc.assert(
    fc.property(
      histories,
      size,
      fc.uniqueArray(fc.nat(59)),
      fc.boolean(),
      limits,
      (history, blocks, left, searches, within) => {
        const logs = mirrored(history, new Set(left))
        const count = (keys: (string | null)[]) =>
          keys.reduce(
            (sum, key) => (key === null ? sum : sum.set(key, (sum.get(key) ?? 0) + 1)),
            new Map<string, number>(),
          )
        const inCopy = count(logs.copy.slice(logs.copyStart))
        const same = walk(logs, blocks, { searches, limits: within }).flatMap(({ sameFrom, to }) =>
          logs.source.slice(sameFrom, to),
        )
        for (const [key, times] of count(same)) expect(inCopy.get(key) ?? 0).toBeGreaterThanOrEqual(times)
      },
    ),
    runs,
  )
})

test('a record that the link left out is named, with nothing else, where the copy kept everything', () => {
  fc.assert(
    fc.property(histories, size, fc.uniqueArray(fc.nat(59), { maxLength: 5 }), (history, blocks, left) => {
      const whole = { ...history, copyRemoved: 0, sourceRemoved: 0, rewinds: [] }
      const unique = {
        ...whole,
        records: whole.records.map(({ kind }) => ({ kind: kind === 'same-again' ? ('data' as const) : kind })),
      }
      const logs = mirrored(unique, new Set(left))
      const gone = left.filter((offset) => offset <= logs.reached && logs.source[offset] !== null)
      const named = walk(logs, blocks).flatMap(({ result, missing }) => (result === 'missing' ? missing : []))
      expect([...named].sort((a, b) => a - b)).toEqual(gone.filter((o) => o < logs.source.length).sort((a, b) => a - b))
    }),
    runs,
  )
})

test('what retention took from the copy is unclear; a gap above it, behind an older record, is missing', () => {
  const records = Array.from({ length: 40 }, () => ({ kind: 'data' as const }))
  const history = { records, rewinds: [], readsAborted: true, markersEvery: 0, sourceRemoved: 0, copyRemoved: 10 }
  expect(walk(mirrored(history), 40)).toMatchObject([{ result: 'expired', sameFrom: 10, missing: [] }])
  const gap = new Set([20, 21, 22])
  expect(walk(mirrored(history, gap), 40)).toMatchObject([{ result: 'missing', missing: [20, 21, 22], prefix: false }])
  // The whole block is missing: an older record of the copy, found on the source, shows that it was jumped over.
  expect(walk(mirrored(history, gap), 3).filter(({ result }) => result === 'missing')).not.toEqual([])
})

test('a copy that begins with a later record lacks the older ones as a prefix', () => {
  const records = Array.from({ length: 40 }, () => ({ kind: 'data' as const }))
  const history = { records, rewinds: [], readsAborted: true, markersEvery: 0, sourceRemoved: 0, copyRemoved: 0 }
  const logs = mirrored(history, new Set(Array.from({ length: 15 }, (_, n) => n)))
  const found = walk(logs, 10).filter(({ result }) => result === 'missing')
  expect(found.flatMap(({ missing }) => missing).sort((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, n) => n))
  expect(found.every(({ prefix }) => prefix)).toBe(true)
})
