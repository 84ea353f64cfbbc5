import { expect, test } from 'vitest'
import { OptionsEnd, parseOptions } from '../../scripts/demo/options.ts'

function refusal(...args: string[]): OptionsEnd {
  try {
    parseOptions(args)
  } catch (error) {
    if (error instanceof OptionsEnd) return error
    throw error
  }
  throw new Error(`${args.join(' ')} was accepted`)
}

test('without options the demo is planned, strict, lag-first and recovers', () => {
  expect(parseOptions([])).toEqual({
    ground: 'lab',
    topics: [{ name: 'accounting.invoices', partitions: 3 }],
    recordsPerSecond: 50,
    ordering: 'strict',
    order: 'lag-first',
    backend: 'mirrormaker2',
    incident: 'planned',
    branch: 'recover',
    stranded: 'keep',
    handsOn: false,
    keep: false,
  })
})

test('each option is read', () => {
  const args =
    '--ground defaults --topics orders.eu:5,payments:2 --records-per-second 500 --ordering relaxed --order documented --backend event-streams ' +
    '--incident region-lost --branch replace --stranded discard --hands-on --summary out/summary.json --keep'
  expect(parseOptions(args.split(' '))).toEqual({
    ground: 'defaults',
    topics: [
      { name: 'orders.eu', partitions: 5 },
      { name: 'payments', partitions: 2 },
    ],
    recordsPerSecond: 500,
    ordering: 'relaxed',
    order: 'documented',
    backend: 'event-streams',
    incident: 'region-lost',
    branch: 'replace',
    stranded: 'discard',
    handsOn: true,
    summary: 'out/summary.json',
    keep: true,
  })
})

test.each([
  [['--ordering', 'loose'], 'strict, relaxed'],
  [['--ground', 'mine'], 'lab, defaults, ha, open'],
  [['--backend', 'kafka'], 'mirrormaker2, event-streams'],
  [['--incident', ''], 'planned, region-lost'],
  [['--topics', ''], 'not a topic'],
  [['--topics', 'orders:0'], 'not a topic: "orders:0"'],
  [['--topics', 'orders,orders:2'], 'orders is named twice'],
  [['--topics', 'orders,orders.A'], 'orders.A is what a copy from another cluster is called'],
  [['--topics', '.orders'], 'begins with a dot'],
  [['--records-per-second', '0'], '"0" is no positive number'],
  [['--records-per-second', ' '], 'no positive number'],
  [['--records-per-second', 'Infinity'], 'no positive number'],
  [['--summary'], 'argument missing'],
  [['--fast'], "unknown option '--fast'"],
  [['now'], 'too many arguments'],
])('%j is refused in one line with exit code 2', (args, reason) => {
  const { message, exitCode } = refusal(...args)
  expect(message).toContain(reason)
  expect(message).toMatch(/^demo: [^\n]+$/)
  expect(exitCode).toBe(2)
})

test('--help names every option and ends with 0', () => {
  const { message, exitCode } = refusal('--help')
  expect(exitCode).toBe(0)
  for (const name of [
    'ground',
    'topics',
    'records-per-second',
    'ordering',
    'order',
    'incident',
    'branch',
    'stranded',
    'hands-on',
  ])
    expect(message).toContain(`--${name} `)
  expect(message).toContain('--summary <file>')
})
