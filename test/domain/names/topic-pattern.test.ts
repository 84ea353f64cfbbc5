import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  escapeTopic,
  matchesSelection,
  SelectionError,
  selectionMatcher,
  withTopicsBack,
  withoutTopics,
} from '../../../src/domain/names/selection.ts'

/**
 * Seconds of the processor. On a machine that is busy they are some times as many, so limits are ten times what it takes alone: a
 * matcher that goes back takes minutes, or years.
 */
function processorSeconds(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const name = 'accounting.invoices'
const many = Array.from({ length: 3000 }, (_, at) => `team${at % 30}.topic-${at}.events`)

describe('an entry that would hold up a backtracking matcher is judged at once', () => {
  test.each([
    ['(([a-z.]+)+)+X', name],
    ['([a-z]+)+X', 'a'.repeat(249)],
    ['(a|aa)+$X', 'a'.repeat(249)],
    ['(?!(([a-z.]+)+)+X).*Y', name],
    [`${'.*a'.repeat(60)}X`, 'a'.repeat(249)],
    ['(a|b)*a' + '(a|b)'.repeat(300), 'ab'.repeat(120)],
  ])('%s', (entry, topic) => {
    expect(processorSeconds(() => expect(matchesSelection(entry, topic)).toBe(false))).toBeLessThan(5)
  })

  test.each([
    ['too long', '[ab]'.repeat(20_000)],
    ['too deep', '('.repeat(50_000) + ')'.repeat(50_000)],
    ['groups in groups', '(?:'.repeat(5000) + 'a' + ')'.repeat(5000)],
    ['narrowed again and again', '(?!(?:a)$)(?:'.repeat(3000) + '.*' + ')'.repeat(3000)],
    ['too many look-aheads', Array.from({ length: 5000 }, (_, at) => `(?!x${at}).*`).join('|')],
    ['repeats of repeats', '((a{900}){900}){900}'],
  ])('%s: refused', (_, entry) => {
    const judged = () => {
      expect(() => matchesSelection(entry, name)).toThrow(SelectionError)
      withTopicsBackOrRefused(entry)
    }
    expect(processorSeconds(judged)).toBeLessThan(10)
  })

  function withTopicsBackOrRefused(entry: string): void {
    try {
      withTopicsBack(entry, [name], null)
    } catch (error) {
      expect(error).toBeInstanceOf(SelectionError)
    }
  }

  test('thousands of names, with and without escaped dots, and hundreds of patterns, over thousands of topics', () => {
    const entries = [...many.slice(0, 1500), ...many.slice(1500).map(escapeTopic)]
    const patterns = Array.from({ length: 300 }, (_, at) => String.raw`dept${at}\..*`)
    const matches = selectionMatcher([...entries, ...patterns].join(','))
    expect(processorSeconds(() => expect(many.every(matches)).toBe(true))).toBeLessThan(5)
    expect(processorSeconds(() => expect(many.some((topic) => matches(`${topic}x`))).toBe(false))).toBeLessThan(5)
    const seconds = processorSeconds(() => {
      const out = withoutTopics([...entries, '.*'].join(','), many)
      expect(many.some(selectionMatcher(out))).toBe(false)
      expect(many.every(selectionMatcher(withTopicsBack(out, many, '.*')))).toBe(true)
    })
    expect(seconds).toBeLessThan(2)
  })
})

test.each([
  ['^(?!internal).*$', 'internal.a', false],
  ['^(?!internal).*$', 'orders', true],
  [String.raw`(?!.*\.internal$)(?!__).+`, 'a.internal', false],
  [String.raw`(?!.*\.internal$)(?!__).+`, '__offsets', false],
  [String.raw`(?!.*\.internal$)(?!__).+`, 'a.external', true],
  ['(?=a)(?:(?!ab).*|x)', 'ac', true],
  ['(?=a)(?:(?!ab).*|x)', 'ab', false],
  ['(?!a)b|a', 'a', true],
  ['(?i)Orders|LEDGER', 'ledger', true],
  ['a.b', 'axb', true],
  ['[|)]|a', 'a', true],
])('%s on %s: %s', (entry, topic, selected) => {
  expect(matchesSelection(entry, topic)).toBe(selected)
})

test('whatever is judged is judged as a regular expression on the whole name', () => {
  const atom = fc.constantFrom('a', 'b', '.', String.raw`\.`, '[ab]', '[^a]', String.raw`\w`, '^', '$')
  const expression = fc.letrec<{ one: string }>((tie) => ({
    one: fc.oneof(
      { maxDepth: 4 },
      atom,
      fc.tuple(tie('one'), tie('one')).map(([left, right]) => left + right),
      fc.tuple(tie('one'), tie('one')).map(([left, right]) => `(?:${left}|${right})`),
      fc.tuple(tie('one'), tie('one')).map(([left, right]) => `${left}|${right}`),
      tie('one').map((inner) => `(${inner})`),
      tie('one').map((inner) => `(?:${inner})*`),
      tie('one').map((inner) => `(?:${inner})?`),
      fc.tuple(tie('one'), tie('one')).map(([guard, rest]) => `(?!${guard})${rest}`),
      fc.tuple(tie('one'), tie('one')).map(([guard, rest]) => `(?=${guard}$)(?:${rest})`),
    ),
  })).one
  let judged = 0
  fc.assert(
    fc.property(
      expression,
      fc.array(fc.stringMatching(/^[ab._]{1,5}$/), { minLength: 5, maxLength: 8 }),
      (entry, names) => {
        let matches
        try {
          matches = selectionMatcher(entry)
        } catch (error) {
          expect(error).toBeInstanceOf(SelectionError)
          return
        }
        judged += 1
        const oracle = new RegExp(`^(?:${entry})$`)
        for (const one of names) expect([one, matches(one)]).toEqual([one, oracle.test(one)])
      },
    ),
    { numRuns: 2000 },
  )
  expect(judged).toBeGreaterThan(1000)
})
