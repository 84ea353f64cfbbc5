import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  SelectionError,
  escapeTopic,
  matchesSelection,
  nothingSelected,
  selectedOf,
  selectedOrUnknown,
  selectionEntries,
  withTopics,
  withTopicsBack,
  withoutTopics,
} from '../../../src/domain/names/selection.ts'

const topic = fc.stringMatching(/^[a-c][a-c._-]{0,5}$/)
const topics = fc.uniqueArray(topic, { minLength: 1, maxLength: 4 })
const pattern = fc.constantFrom(
  '.*',
  'a.*',
  String.raw`a\..*`,
  '[ab].*',
  'a|b',
  '(?:a|b)[._]?.*',
  '^$',
  String.raw`b\.c`,
)
const selection = fc
  .array(fc.oneof(topic.map(escapeTopic), pattern), { maxLength: 5 })
  .map((entries) => entries.join(' , '))

test('an entry must match the whole name', () => {
  expect(matchesSelection(String.raw`accounting\.invoices`, 'accounting.invoices')).toBe(true)
  expect(matchesSelection(String.raw`accounting\.invoices`, 'accounting.invoices.A')).toBe(false)
  expect(matchesSelection('a|b', 'ab')).toBe(false)
  expect(matchesSelection(String.raw`x, accounting\..*`, 'accounting.orders')).toBe(true)
})

test('an absent link, an empty text and ^$ select nothing', () => {
  fc.assert(
    fc.property(topic, (t) => {
      for (const nothing of [null, '', ' , ', nothingSelected]) expect(matchesSelection(nothing, t)).toBe(false)
    }),
  )
})

test('entries are trimmed and empty ones dropped', () => {
  expect(selectionEntries(' a , ,b,')).toEqual(['a', 'b'])
})

test('an escaped topic matches that topic only', () => {
  fc.assert(
    fc.property(topic, topic, (a, b) => {
      expect(matchesSelection(escapeTopic(a), b)).toBe(a === b)
    }),
  )
})

test.each([
  '*',
  '(',
  'a++',
  'a(?!b).*',
  '(?<=a)b',
  String.raw`(a)\1`,
  '(?!a)(?i)b|c',
  '[]',
  '[a&&[^b]]',
  String.raw`\Qa.b\E`,
  String.raw`\p{Alpha}`,
  'a{1',
])('an entry that cannot be judged is refused by name: %s', (entry) => {
  expect(() => matchesSelection(`a,${entry}`, 'zz')).toThrow(SelectionError)
  expect(() => matchesSelection(entry, 'zz')).toThrow(`"${entry}"`)
})

test('an entry that cannot be judged is no matter where the others select the topic, wherever it stands', () => {
  for (const text of ['a.*,a(?=b)', 'a(?=b),a.*']) {
    expect(selectedOf(text, ['a', 'ab'])).toEqual(['a', 'ab'])
    expect(() => selectedOf(text, ['a', 'b'])).toThrow('"a(?=b)"')
    expect(selectedOrUnknown(text, ['a', 'b'])).toBe(null)
  }
  expect(selectedOrUnknown('(', [])).toEqual([])
})

test('an escaped character inside a class is understood', () => {
  expect(matchesSelection(String.raw`a[\.\-]b`, 'a-b')).toBe(true)
})

test('a topic named by an entry leaves, and nothing left is written as ^$', () => {
  expect(withoutTopics(String.raw`accounting\.invoices,accounting.orders`, ['accounting.invoices'])).toBe(
    'accounting.orders',
  )
  expect(withoutTopics('accounting.orders', ['accounting.orders'])).toBe('^$')
  expect(withoutTopics('', ['x'])).toBe('^$')
})

test('a pattern is narrowed by the topics it selects', () => {
  expect(withoutTopics(String.raw`accounting\..*`, ['accounting.a', 'accounting.b', 'other'])).toBe(
    String.raw`(?!(?:accounting\.a|accounting\.b)$)(?:accounting\..*)`,
  )
})

test('without some topics, these are not selected and all others are as before', () => {
  fc.assert(
    fc.property(selection, topics, topic, (text, removed, other) => {
      const after = withoutTopics(text, removed)
      for (const t of removed) expect(matchesSelection(after, t)).toBe(false)
      if (!removed.includes(other)) expect(matchesSelection(after, other)).toBe(matchesSelection(text, other))
      expect(withoutTopics(after, removed)).toBe(after)
    }),
  )
})

test('with some topics, these are selected and all others are as before', () => {
  fc.assert(
    fc.property(selection, topics, topic, (text, added, other) => {
      const after = withTopics(text, added)
      for (const t of added) expect(matchesSelection(after, t)).toBe(true)
      if (!added.includes(other)) expect(matchesSelection(after, other)).toBe(matchesSelection(text, other))
      expect(withTopics(after, added)).toBe(after)
    }),
  )
})

test('topics taken out and put back are selected, and nothing else changed', () => {
  fc.assert(
    fc.property(selection, topics, topic, (text, moved, other) => {
      const after = withTopics(withoutTopics(text, moved), moved)
      if (!moved.includes(other)) expect(matchesSelection(after, other)).toBe(matchesSelection(text, other))
      for (const t of moved) expect(matchesSelection(after, t)).toBe(true)
    }),
  )
})

test('an absent link gets exact entries', () => {
  expect(withTopics(null, ['accounting.invoices', 'b'])).toBe(String.raw`accounting\.invoices,b`)
  expect(withTopics('^$', [])).toBe('^$')
})

describe('topics put back', () => {
  const back = withTopicsBack
  test('what was taken out is in again as it was, whatever came or went meanwhile stays', () => {
    const topics = ['accounting.orders']
    expect(back(withoutTopics('accounting\\..*', topics), topics, 'accounting\\..*')).toBe('accounting\\..*')
    expect(back('accounting.invoices,hr.pay', topics, 'accounting.orders,accounting.invoices')).toBe(
      'accounting.orders,accounting.invoices,hr.pay',
    )
    // Another pair's topic stays out, and one taken out by hand is not brought back.
    expect(back(withoutTopics('accounting\\..*', [...topics, 'accounting.tax']), topics, 'accounting\\..*')).toBe(
      '(?!(?:accounting\\.tax)$)(?:accounting\\..*)',
    )
    expect(back('^$', topics, 'accounting.orders,hr.pay')).toBe('accounting.orders')
  })

  test('without the original text nothing of a narrowed pattern is left', () => {
    const topics = ['accounting.orders', 'accounting.tax']
    const text = `${withoutTopics('.*', topics)},accounting\\.orders,new\\.topic`
    expect(back(text, topics, null)).toBe('.*,new\\.topic')
    expect(back(null, topics, null)).toBe('accounting\\.orders,accounting\\.tax')
  })

  test('for any selection: taken out and put back it is as it was plus what came since, also by two pairs in turn', () => {
    const topic = fc.constantFrom('a.x', 'a.y', 'b.x', 'b.y')
    const entry = fc.constantFrom('a\\.x', 'a.y', 'a\\..*', '.*', 'b\\.[xy]', 'c.z', 'b\\.x')
    fc.assert(
      fc.property(
        fc.uniqueArray(entry, { minLength: 1, maxLength: 4 }),
        fc.uniqueArray(topic, { minLength: 1, maxLength: 3 }),
        fc.uniqueArray(topic, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (entries, one, other, firstReturnsFirst) => {
          const original = entries.join(',')
          const selects = (text: string, name: string) => matchesSelection(text, name)
          const mine = one.filter((name) => selects(original, name))
          const theirs = other.filter((name) => selects(original, name) && !mine.includes(name))
          const out = withoutTopics(withoutTopics(original, mine), theirs)
          for (const name of [...mine, ...theirs]) expect(selects(out, name)).toBe(false)
          const came = `${out},new\\.one`
          const turns = firstReturnsFirst ? [mine, theirs] : [theirs, mine]
          const home = turns.reduce((text, topics) => withTopicsBack(text, topics, original), came)
          expect(selectionEntries(home).toSorted()).toEqual([...entries, 'new\\.one'].toSorted())
        },
      ),
    )
  })
})
