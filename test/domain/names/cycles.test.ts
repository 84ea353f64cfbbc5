import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Naming, NameTransform } from '../../../src/contract/plan.ts'
import {
  collidingCopies,
  type CycleInput,
  type CycleLink,
  loopText,
  misreadTopics,
  refusedTopics,
} from '../../../src/domain/names/cycles.ts'
import { remoteName } from '../../../src/domain/names/naming.ts'
import { matchesSelection } from '../../../src/domain/names/selection.ts'

const naming: Naming = { kind: 'suffix', separator: '.', aliases: ['A', 'B', 'C'] }
const kept: Naming = { ...naming, copies: ofAll({ type: 'none' }) }
const bothWays = ['A', 'B', 'C'].flatMap((from) => ['A', 'B', 'C'].map((to) => ({ from, to })))

function link(from: string, to: string, selection: string, how: Naming = naming): CycleLink {
  return { from, to, selection, naming: how }
}

/** The link B->A with this selection; what else there is is told. */
function reverse(selection: string, more: Partial<CycleInput> & { onB?: string[] } = {}): CycleInput {
  const { onB = [], ...rest } = more
  return {
    naming,
    link: link('B', 'A', selection),
    otherLinks: [],
    configured: bothWays,
    live: new Map([['B', onB]]),
    local: [],
    ...rest,
  }
}

/** The same transform for copies of every cluster. */
function ofAll(transform: NameTransform): Record<string, NameTransform> {
  return Object.fromEntries(['A', 'B', 'C', 'D'].map((alias) => [alias, transform]))
}

test('a pattern that would send a copy back to its origin is refused with the loop', () => {
  const onB = ['accounting.invoices', 'accounting.invoices.A', 'other.A']
  const refused = refusedTopics(reverse(String.raw`accounting\..*`, { onB }))
  expect(refused.map((one) => `${one.topic}: ${loopText(one)}`)).toEqual([
    'accounting.invoices.A: A accounting.invoices -> B accounting.invoices.A -> A accounting.invoices.A.B',
  ])
})

test('a copy that does not exist yet is found as well, by the topic it will be a copy of', () => {
  const live = new Map([['A', ['accounting.invoices']]])
  const otherLinks = [link('A', 'B', String.raw`accounting\.invoices`)]
  expect(refusedTopics(reverse('.*', { live, otherLinks })).map(loopText)).toEqual([
    'A accounting.invoices -> B accounting.invoices.A -> A accounting.invoices.A.B',
  ])
})

test('exact names of local topics are accepted', () => {
  const onB = ['accounting.invoices', 'accounting.invoices.A']
  expect(refusedTopics(reverse(String.raw`accounting\.invoices`, { onB }))).toEqual([])
})

test('a copy that passed through another cluster is still refused', () => {
  expect(refusedTopics(reverse('.*', { onB: ['t.A.C', 't.C'] })).map(loopText)).toEqual([
    'A t -> C t.A -> B t.A.C -> A t.A.C.B',
  ])
})

test('a loop that other links close is spelled out to its end', () => {
  const otherLinks = [link('A', 'C', String.raw`t\..*`), link('C', 'B', '.*')]
  expect(refusedTopics(reverse('t', { onB: ['t'], otherLinks })).map(loopText)).toEqual([
    'B t -> A t.B -> C t.B.A -> B t.B.A.C',
  ])
})

test('another link that does not select the copy closes no loop', () => {
  expect(refusedTopics(reverse('t', { onB: ['t'], otherLinks: [link('A', 'B', 't')] }))).toEqual([])
})

test('names that only look like copies are local: those of the pair, and those that no link could have brought', () => {
  const eu: Naming = { kind: 'suffix', separator: '.', aliases: ['eu', 'us'] }
  const input = (change: Partial<CycleInput>): CycleInput => ({
    naming: eu,
    link: link('us', 'eu', '.*'),
    otherLinks: [],
    configured: [
      { from: 'us', to: 'eu' },
      { from: 'eu', to: 'us' },
    ],
    live: new Map([['us', ['orders.eu']]]),
    local: [],
    ...change,
  })
  expect(refusedTopics(input({})).map(loopText)).toEqual(['eu orders -> us orders.eu -> eu orders.eu.us'])
  expect(refusedTopics(input({ local: ['orders.eu'] }))).toEqual([])
  expect(refusedTopics(input({ configured: [{ from: 'us', to: 'eu' }] }))).toEqual([])
  const prefix: Naming = { ...eu, kind: 'prefix' }
  const first = input({ naming: prefix, live: new Map([['us', ['eu.orders']]]) })
  const sent = { ...first, link: link('us', 'eu', '.*', prefix) }
  expect(refusedTopics(sent).map(loopText)).toEqual(['eu orders -> us eu.orders -> eu us.eu.orders'])
  expect(refusedTopics({ ...sent, local: ['eu.orders'] })).toEqual([])
})

test('with names that stay the same, every topic that both directions select comes round', () => {
  const input = reverse('.*', { onB: ['t', 'u'], otherLinks: [link('A', 'B', 't', kept)] })
  expect(refusedTopics({ ...input, link: link('B', 'A', '.*', kept) }).map(loopText)).toEqual(['B t -> A t -> B t'])
})

test('local topics that the mirroring takes for copies, and copies that are called like local topics', () => {
  expect(misreadTopics(naming, 'B', ['orders.B', 'orders.A', 'orders', 'orders.B.A'])).toEqual([
    'orders.B',
    'orders.B.A',
  ])
  expect(collidingCopies(naming, 'A', ['orders', 'orders.A', 'orders.B'])).toEqual(['orders.A'])
})

const renaming: Naming = {
  ...naming,
  copies: {
    A: { type: 'rename', rename: { addPrefix: 'u.' } },
    B: { type: 'rename', rename: { addPrefix: 't.', addSuffix: '.A' } },
    C: { type: 'none' },
  },
}
const stripping: Naming = {
  ...naming,
  copies: ofAll({ type: 'rename', rename: { removePrefix: 'u', addPrefix: 't.A' } }),
}
const clusters = ['A', 'B', 'C', 'D'] as const
const cluster = fc.constantFrom(...clusters)
const kinds = fc.constantFrom<Naming>(naming, { ...naming, kind: 'prefix' }, kept, renaming, stripping)
const selections = fc.constantFrom(
  '.*',
  '.*',
  '.*',
  't',
  'u.*',
  String.raw`t\..*`,
  String.raw`.*\.A`,
  String.raw`.*[AB]\..*`,
  '^$',
)
const someLink = (how: Naming) =>
  fc.tuple(cluster, cluster, selections).map(([from, to, selection]) => link(from, to, selection, how))

/** As the provider's words have it: null where the topic takes no part. */
function copyName({ naming: how, from }: CycleLink, topic: string): string | null {
  const transform = how.copies?.[from]
  if (transform === undefined) return how.kind === 'prefix' ? `${from}.${topic}` : `${topic}.${from}`
  if (transform.type === 'none') return topic
  const { addPrefix = '', removePrefix = '', addSuffix = '' } = transform.rename
  if (removePrefix !== '' && (!topic.startsWith(removePrefix) || topic === removePrefix)) return null
  return addPrefix + topic.replace(removePrefix, '') + addSuffix
}

/**
 * Copies records for as many rounds as there are clusters, without a guard: what each of them has been through is the
 * model's own memory. Answers the topics that the link sent of records that then came to a cluster for the second time.
 */
function copied(own: CycleLink, links: CycleLink[], topics: { at: string; topic: string }[]): string[] {
  type Copy = { at: string; topic: string; been: string[]; sentAs: string[] }
  let copies: Copy[] = topics.map(({ at, topic }) => ({ at, topic, been: [at], sentAs: [] }))
  const round = new Set<string>()
  for (let hop = 0; hop <= clusters.length; hop += 1) {
    copies = copies.flatMap((copy) =>
      links
        .filter(({ from, selection }) => from === copy.at && matchesSelection(selection, copy.topic))
        .flatMap((by): Copy[] => {
          const sentAs = by === own ? [copy.topic] : copy.sentAs
          const name = copyName(by, copy.topic)
          if (name === null) return []
          if (!copy.been.includes(by.to)) return [{ at: by.to, topic: name, been: [...copy.been, by.to], sentAs }]
          for (const topic of sentAs) round.add(topic)
          return []
        }),
    )
  }
  return [...round].sort()
}

test('exactly what would come round is refused, as copying it shows', () => {
  const scene = kinds.chain((how) =>
    fc.record({
      own: someLink(how),
      others: fc.array(someLink(how), { minLength: 2, maxLength: 7 }),
      live: fc.array(fc.record({ at: cluster, topic: fc.constantFrom('t', 'u', 'u.v') }), {
        minLength: 1,
        maxLength: 5,
      }),
    }),
  )
  let loops = 0
  fc.assert(
    fc.property(scene, ({ own, others, live }) => {
      const otherLinks = others.filter(({ from, to }) => from !== own.from || to !== own.to)
      const byCluster = new Map(
        clusters.map((at) => [at, live.filter((row) => row.at === at).map(({ topic }) => topic)]),
      )
      const input = { naming, link: own, otherLinks, configured: bothWays, live: byCluster, local: ['t', 'u', 'u.v'] }
      const refused = refusedTopics(input)
      loops += refused.length
      expect(refused.map(({ topic }) => topic)).toEqual(copied(own, [own, ...otherLinks], live))
      for (const { topic, loop } of refused) {
        const stations = loop.map((station) => station.split(' ') as [string, string])
        const last = stations.at(-1) as [string, string]
        expect(stations.slice(0, -1).filter(([at]) => at === last[0])).toHaveLength(1)
        expect(
          stations.some(([at, name], hop) => at === own.from && name === topic && stations[hop + 1]?.[0] === own.to),
        ).toBe(true)
      }
    }),
    { numRuns: 1_500 },
  )
  // The scenes are random: about 350, give or take 25.
  expect(loops).toBeGreaterThan(150)
})

test('copies that exist already are judged like those that are to come', () => {
  const path = fc.uniqueArray(fc.constantFrom('A', 'C'), { maxLength: 2 })
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('t', 'u.v'), path), { maxLength: 6 }), (specs) => {
      const names = specs.map(([topic, hops]) =>
        hops.reduce<string>((name, alias) => remoteName(naming, alias, name), topic),
      )
      const refused = refusedTopics(reverse('.*', { onB: names })).map(({ topic }) => topic)
      const home = specs.flatMap(([, hops], index) => (hops.includes('A') ? [names[index] as string] : []))
      expect(refused).toEqual([...new Set(home)].sort())
    }),
  )
})

test('copies that were renamed are known by the link that made them, whichever it was', () => {
  const rename = (addPrefix: string): NameTransform => ({ type: 'rename', rename: { addPrefix } })
  const renames: Naming = { ...naming, copies: { A: rename('dr.'), B: rename('dr.'), C: rename('c.dr.') } }
  const configured = [
    { from: 'A', to: 'B', transform: renames.copies?.['A'] },
    { from: 'B', to: 'A', transform: renames.copies?.['B'] },
    { from: 'C', to: 'B', transform: renames.copies?.['C'] },
  ]
  const input = (onB: string[], more: Partial<CycleInput> = {}) =>
    refusedTopics({
      ...reverse('.*', { onB, configured, naming: renames, ...more }),
      link: link('B', 'A', '.*', renames),
    }).map(loopText)
  expect(input(['dr.t', 't', 'c.dr.u'])).toEqual(['A t -> B dr.t -> A dr.dr.t'])
  // Known to be local, or nothing that a link brought: mirrored like any other.
  expect(input(['dr.t'], { local: ['dr.t'] })).toEqual([])
  expect(input(['dr.t'], { configured: configured.slice(1) })).toEqual([])
  // By way of a third cluster, and by either reading where a name has two.
  const overC = [...configured, { from: 'A', to: 'C', transform: renames.copies?.['A'] }]
  expect(input(['c.dr.dr.t'], { configured: overC })).toEqual(['A t -> C dr.t -> B c.dr.dr.t -> A dr.c.dr.dr.t'])
})

test('renames that undo each other do not lead the guard in circles', () => {
  const swap = (removeSuffix: string, addSuffix: string): NameTransform => ({
    type: 'rename',
    rename: { removeSuffix, addSuffix },
  })
  const copies = { A: swap('.x', '.y'), B: swap('.y', '.x') }
  const swaps: Naming = { ...naming, copies }
  const configured = [
    { from: 'A', to: 'B', transform: copies.A },
    { from: 'B', to: 'A', transform: copies.B },
  ]
  const input = { ...reverse('.*', { onB: ['t.y'], configured, naming: swaps }), link: link('B', 'A', '.*', swaps) }
  expect(refusedTopics(input).map(loopText)).toEqual(['B t.y -> A t.x -> B t.y -> A t.x'])
  expect(misreadTopics(swaps, 'B', ['t.x', 't.y', 't'])).toEqual(['t.x', 't.y'])
})

test('a thousand exact names on either side are judged within a second', () => {
  const names = Array.from({ length: 1_000 }, (_, n) => `accounting.invoices.${n}`)
  const selection = names.map((name) => name.replaceAll('.', String.raw`\.`)).join(',')
  const live = new Map([
    ['A', [...names, ...names.map((name) => `${name}.B`)]],
    ['B', [...names, ...names.map((name) => `${name}.A`)]],
  ])
  const began = Date.now()
  expect(refusedTopics(reverse(selection, { live, otherLinks: [link('A', 'B', selection)], local: names }))).toEqual([])
  expect(Date.now() - began).toBeLessThan(1_000)
})
