import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnsOf, emphasisOf, mayPaint, painted, wrapped } from '../../src/cli/render/layout.ts'

test('a line is broken at words, and goes on below its own text', () => {
  expect(
    wrapped(
      '  finding    ✖ stall, for 3 min: Mirroring A->B does not advance: 3 partitions of accounting.invoices. The link is RUNNING.',
      60,
    ),
  ).toEqual([
    '  finding    ✖ stall, for 3 min: Mirroring A->B does not',
    '               advance: 3 partitions of accounting.invoices.',
    '               The link is RUNNING.',
  ])
})

test('a sentence that begins a line is indented where it goes on', () => {
  expect(wrapped('accounting: producers write to B, A stands by', 30)).toEqual([
    'accounting: producers write to',
    '  B, A stands by',
  ])
})

test.each([
  '    $ switchback decide failover/accounting/20260117-093000 retry --question confirm-mirrored#1 --by you --reason "…"',
  `! ${'x'.repeat(100)}`,
])('a command and a long word stay whole: %s', (line) => {
  expect(
    wrapped(line, 80)
      .map((part) => part.trim())
      .join(' '),
  ).toBe(line.trim())
  expect(wrapped(line, 80).length).toBeLessThan(3)
})

test.each([
  ['a command in a sentence', '`switchback pair adopt accounting --by you`'],
  ['a payload', '{"step":"confirm-mirrored","action":"retry"}'],
])('%s is on one line', (_what, command) => {
  const lines = wrapped(
    `  episode    In doubt since yesterday evening; to go on send this: ${command}, or leave it as it is.`,
    60,
  )
  expect(lines.length).toBeGreaterThan(1)
  expect(lines.filter((line) => line.includes(command))).toHaveLength(1)
})

const word = fc.stringMatching(/^[a-z:,.]{1,12}$/)

test('no word is lost, and no line of short words is longer than the screen', () => {
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 40, max: 120 }),
      (words, columns) => {
        const lines = wrapped(words.join(' '), columns)
        expect(lines.join(' ').split(/\s+/)).toEqual(words)
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns)
      },
    ),
  )
})

test.each([
  ['⏸ approve#1 (asked 3 min ago)', 'waits'],
  ['    $ switchback approve failover/1 --by you', 'waits'],
  ['  ⏸ fence-source     waits', 'waits'],
  ['  alert      ! Unprotected since 09:00', 'warns'],
  ['✖ Temporal  does not answer', 'wrong'],
  ['  ✔ stop-producers   2 stopped', null],
  ['accounting: producers write to B, A stands by!', null],
] as const)('%s stands out as %s', (line, emphasis) => {
  expect(emphasisOf(line)).toBe(emphasis)
})

test('marks are painted in a terminal, not where nobody wants it', () => {
  expect(mayPaint({ isTTY: true }, {})).toBe(true)
  expect(mayPaint({ isTTY: true }, { NO_COLOR: '' })).toBe(true)
  expect(mayPaint({ isTTY: true }, { NO_COLOR: '1' })).toBe(false)
  expect(mayPaint({ isTTY: true }, { TERM: 'dumb' })).toBe(false)
  expect(mayPaint({}, {})).toBe(false)
  expect(painted('⏸ x', 'waits')).toBe('\x1b[1;36m⏸ x\x1b[0m')
  expect(painted('x', null)).toBe('x')
})

test('the width is that of the terminal, 80 where there is none', () => {
  expect(columnsOf({ isTTY: true, columns: 132 })).toBe(132)
  expect(columnsOf({ isTTY: true, columns: 60 })).toBe(60)
  expect(columnsOf({ columns: 132 })).toBe(80)
})
