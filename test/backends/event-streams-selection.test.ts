import { assert, property, stringMatching, uniqueArray } from 'fast-check'
import { expect, test } from 'vitest'
import * as selection from '../../src/backends/event-streams/selection.ts'
import { escapeTopic, matchesSelection, withoutTopics, withTopics } from '../../src/domain/names/selection.ts'

/** By the alias, nothing is removed. */
const byAlias = { topicNameTransform: { type: 'use_alias' } } as const
const includesOf = (text: string) => selection.includesOf(text, byAlias)
const textOf = (includes: string[]) => selection.textOf(includes, byAlias)

const topic = stringMatching(/^[A-Za-z0-9._-]{1,20}$/).filter((name) => name !== '.' && name !== '..')
const topics = uniqueArray(topic, { minLength: 1, maxLength: 5 })

/** Both readings of a pattern: of a whole name, and of any part of it. */
const whole = (patterns: string[], name: string) =>
  patterns.some((pattern) => new RegExp(`^(?:${pattern})$`).test(name))
const part = (patterns: string[], name: string) =>
  patterns.some((pattern) => pattern !== '' && new RegExp(pattern).test(name))

test('names go out anchored and escaped, and come back as they were', () => {
  assert(
    property(topics, (names) => {
      const text = withTopics(null, names)
      const includes = includesOf(text)
      expect(includes).toEqual(names.map((name) => `^${escapeTopic(name)}$`))
      expect(textOf(includes)).toBe(text)
    }),
  )
})

test('what is sent selects the same topics, however the provider matches', () => {
  assert(
    property(topics, topics, topics, (selected, removed, others) => {
      const text = withoutTopics(withTopics('orders-.*,payments', selected), removed)
      const includes = includesOf(text)
      for (const name of [...selected, ...removed, ...others, 'orders-eu', 'orders', 'payments2']) {
        expect(whole(includes, name)).toBe(matchesSelection(text, name))
        expect(part(includes, name)).toBe(matchesSelection(text, name))
      }
      expect(textOf(includes)).toBe(text)
    }),
  )
})

test('a pattern with an anchor is somebody’s own and goes back as it came', () => {
  const own = ['^accounting.*', String.raw`^topic1$`]
  expect(includesOf(textOf(own))).toEqual(own)
})

test('nothing selected has one spelling here, and one there', () => {
  for (const spelling of [[], [''], ['^$'], [' ']]) expect(textOf(spelling)).toBe('^$')
  expect(includesOf('^$')).toEqual([''])
})

test('with a rename patterns go out without what it removes, and come back with it', () => {
  const rename = { removePrefix: 'acc.', removeSuffix: '+eu', addPrefix: 'copy.' }
  const link = { topicNameTransform: { type: 'rename', rename } } as const
  assert(
    property(topics, topics, (names, others) => {
      const full = (name: string) => `acc.${name}+eu`
      const text = withTopics(null, names.map(full))
      const includes = selection.includesOf(text, link)
      expect(includes).toEqual(names.map((name) => `^${escapeTopic(name)}$`))
      expect(selection.textOf(includes, link)).toBe(text)
      for (const name of [...names, ...others]) {
        expect(matchesSelection(text, full(name))).toBe(whole(includes, name))
        expect(matchesSelection(text, name)).toBe(false)
      }
    }),
  )
  const pattern = selection.textOf(['^orders.*'], link)
  expect(matchesSelection(pattern, 'acc.orders-1+eu')).toBe(true)
  expect(matchesSelection(pattern, 'orders-1')).toBe(false)
  expect(selection.textOf(selection.includesOf(pattern, link), link)).toBe(pattern)
  // A pattern that was narrowed names topics as they are on the source: it cannot be said there.
  expect(() => selection.includesOf(withoutTopics(pattern, ['acc.orders-1+eu']), link)).toThrow(/exact names/)
})
