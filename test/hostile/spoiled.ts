import * as fc from 'fast-check'
import type { Spoiled } from './answers.ts'

const mark = '[Approve here](https://evil.example/a)![](https://evil.example/b.png)\u202e\u200b'
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

/** Values where a text, a number, a list or an object belongs. */
const junk: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.jsonValue() },
  {
    weight: 4,
    arbitrary: fc.constantFrom<unknown>(
      null,
      true,
      '',
      -1,
      0.5,
      2 ** 53,
      1e308,
      '0',
      'NaN',
      mark,
      { ['__proto__']: { polluted: true } },
      JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1},"toString":1}'),
      [[]],
      [null],
      {},
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      // Patterns that take a backtracking matcher years.
      '(([a-z.]+)+)+X',
      '(a|a)*b'.repeat(50),
      '(?:'.repeat(2_000),
      'accounting\\.invoices,'.repeat(20_000),
      'accounting.invoices-0,'.repeat(100_000),
      'x'.repeat(2_000_000),
      '{'.repeat(60_000),
      '{"a":'.repeat(20_000),
      'a.'.repeat(200_000),
      'password='.repeat(50_000),
      '//'.repeat(200_000),
      '"'.repeat(200_000),
      ' '.repeat(500_000),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      Array.from({ length: 50_000 }, (_, index) => index),
      Array.from({ length: 20_000 }, (_, index) => `accounting.invoices-${index}`),
      Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`key-${index}`, { info: null }])),
    ),
  },
)

const where = fc.array(fc.nat({ max: 20 }), { maxLength: 6 })

export const spoiled: fc.Arbitrary<Spoiled> = fc.record({
  at: fc.nat({ max: 5 }),
  how: fc.oneof(
    { weight: 12, arbitrary: fc.record({ kind: fc.constant('value' as const), where, value: junk }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('missing' as const), where }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('repeated' as const),
        where,
        times: fc.constantFrom(2, 100, 10_000, 100_000),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('status' as const),
        status: fc.constantFrom(
          200,
          201,
          202,
          204,
          206,
          301,
          304,
          400,
          401,
          403,
          404,
          409,
          410,
          418,
          429,
          500,
          503,
          599,
        ),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('text' as const),
        text: fc.oneof(
          fc.string({ maxLength: 60 }),
          fc.constantFrom(
            deep(5_000),
            deep(500_000),
            '{"a":'.repeat(100_000),
            '<html>starting</html>',
            mark,
            '\u0000',
            '',
            'null',
            '[]',
            '{}',
            `[${'{},'.repeat(300_000)}{}]`,
            `"${'\\u0000'.repeat(300_000)}"`,
          ),
        ),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), at: fc.nat({ max: 2_000 }) }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Spoiled['how']>(
        { kind: 'bomb' },
        { kind: 'endless' },
        { kind: 'silent' },
        { kind: 'broken' },
      ),
    },
  ),
})
