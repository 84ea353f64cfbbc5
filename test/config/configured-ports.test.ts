import { afterEach, expect, test, vi } from 'vitest'
import { portsWith } from '../../src/adapters/configured-ports.ts'
import { ConfigError } from '../../src/config/load.ts'
import { configSchema, type Config } from '../../src/config/schema.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import type { ClusterPort } from '../../src/ports/cluster.ts'
import type { MirroringPort } from '../../src/ports/mirroring.ts'
import { smallest } from './support.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** Ports over connectors that only count: what is tested is when one is made and when it is closed. */
function ports(options: { closing?: () => Promise<void> } = {}) {
  const world: { config: Config } = { config: configSchema.parse(smallest()) }
  const made: string[] = []
  const closed: string[] = []
  const lookup = portsWith(() => world.config, {
    cluster(alias, { bootstrap }) {
      const name = `${alias} ${bootstrap.join()}`
      made.push(name)
      const close = async () => {
        closed.push(name)
        await options.closing?.()
      }
      return { alias, close } as unknown as ClusterPort
    },
    mirroring(link) {
      made.push(`${link.from}->${link.to} ${link.backend === 'mirrormaker2' ? link.connect.url : link.backend}`)
      return { from: link.from, to: link.to } as unknown as MirroringPort
    },
  })
  const change = (edit: (config: Config) => void) => {
    world.config = structuredClone(world.config)
    edit(world.config)
  }
  return { lookup, made, closed, change, world }
}

test('one adapter for each name, made when it is first needed', () => {
  const { lookup, made } = ports()
  expect(lookup.cluster('A')).toBe(lookup.cluster('A'))
  expect(lookup.mirroring('accounting', 'A', 'B')).toBe(lookup.mirroring('accounting', 'A', 'B'))
  expect(lookup.application('accounting', 'entry')).toBe(lookup.application('accounting', 'entry'))
  expect(lookup.desk('accounting')).toBe(lookup.desk('accounting'))
  expect(made).toEqual(['A localhost:9092', 'A->B http://connect-b.example.org:8083'])
})

test('a corrected entry takes effect at the next lookup, and nothing else is made anew', () => {
  const { lookup, made, change } = ports()
  const before = { A: lookup.cluster('A'), B: lookup.cluster('B'), app: lookup.application('accounting', 'entry') }
  change(({ clusters }) => {
    clusters['A']?.bootstrap.splice(0, 1, 'localhost:9999')
  })
  expect(lookup.cluster('A')).not.toBe(before.A)
  expect(lookup.cluster('B')).toBe(before.B)
  expect(made).toEqual(['A localhost:9092', 'B localhost:9093', 'A localhost:9999'])
  // It starts on A with A's addresses.
  expect(lookup.application('accounting', 'entry')).not.toBe(before.app)
})

test('a replaced adapter is closed a while later, when calls in flight are over', async () => {
  vi.useFakeTimers()
  const { lookup, closed, change } = ports()
  lookup.cluster('A')
  change(({ clusters }) => {
    clusters['A']?.bootstrap.splice(0, 1, 'localhost:9999')
  })
  lookup.cluster('A')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(closed).toEqual([])
  await vi.advanceTimersByTimeAsync(30_000)
  expect(closed).toEqual(['A localhost:9092'])
  await lookup.close()
  expect(closed).toEqual(['A localhost:9092', 'A localhost:9999'])
})

test('close closes all at once, the replaced ones included, and tells what failed', async () => {
  const { lookup, closed, change } = ports({ closing: () => Promise.reject(new Error('stuck')) })
  lookup.cluster('A')
  change(({ clusters }) => {
    clusters['A']?.bootstrap.splice(0, 1, 'localhost:9999')
  })
  lookup.cluster('A')
  await expect(lookup.close()).rejects.toThrow('2 connections could not be closed')
  expect(closed).toEqual(['A localhost:9092', 'A localhost:9999'])
})

test.each([
  ['cluster C', (lookup: ReturnType<typeof ports>['lookup']) => lookup.cluster('C'), '(there are: A, B)'],
  ['pair nothing', (lookup: ReturnType<typeof ports>['lookup']) => lookup.desk('nothing'), '(there are: accounting)'],
  [
    'link A->C',
    (lookup: ReturnType<typeof ports>['lookup']) => lookup.mirroring('accounting', 'A', 'C'),
    '(there are: A->B, B->A)',
  ],
  [
    'application x',
    (lookup: ReturnType<typeof ports>['lookup']) => lookup.application('accounting', 'x'),
    '(there are: entry, ledger)',
  ],
  [
    'pair constructor',
    (lookup: ReturnType<typeof ports>['lookup']) => lookup.desk('constructor'),
    '(there are: accounting)',
  ],
])('an unknown %s is a fault that lists what there is', (name, look, known) => {
  expect(() => look(ports().lookup)).toThrow(
    expect.objectContaining({
      type: errorTypes.configuration,
      nonRetryable: true,
      message: expect.stringContaining(`There is no ${name} in switchback.yaml on the worker ${known}`),
    }),
  )
})

test('a faulty file is a fault of the configuration, with its faults', () => {
  const { lookup, world } = ports()
  Object.defineProperty(world, 'config', {
    get: () => {
      throw new ConfigError('switchback.yaml', ['line 3, clusters.A: is empty'])
    },
  })
  expect(() => lookup.cluster('A')).toThrow(
    expect.objectContaining({
      type: errorTypes.configuration,
      message: expect.stringContaining('- line 3, clusters.A: is empty'),
    }),
  )
})
