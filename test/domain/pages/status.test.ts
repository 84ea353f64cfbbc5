import { expect, test } from 'vitest'
import type { PairStatus } from '../../../src/contract/pair-messages.ts'
import { startInputs } from '../../../src/contract/start-input.ts'
import { nextStart } from '../../../src/domain/plan/next-start.ts'
import { statusMarkdown } from '../../../src/domain/pages/status.ts'
import { aStatus, at } from '../builders.ts'

const place = { namespace: 'default', taskQueue: 'switchback' }

const quiet = aStatus()
const at2 = (stage: 'failed-over' | 'reset' | 'resetting'): PairStatus => ({
  ...quiet,
  active: 'B',
  standby: 'A',
  episode: { number: 2, stage, inDoubt: null },
})
const inDoubt = (operation: 'failover' | 'reset'): PairStatus => ({
  ...quiet,
  episode: {
    number: 2,
    stage: 'resetting',
    inDoubt: { since: at(5), operation, workflowId: `${operation}/accounting/1`, why: 'it ended as TERMINATED' },
  },
})

test.each<[string, PairStatus, string, string]>([
  ['no episode is open', quiet, 'failover', 'To move from A to B'],
  ['it is failed over', at2('failed-over'), 'reset', 'To mirror back to A'],
  ['it is reset', at2('reset'), 'failback', 'To return from B to A'],
  ['a failover left it in doubt', inDoubt('failover'), 'failover', 'To take the episode over'],
  ['a reset left it in doubt', inDoubt('reset'), 'reset', 'To take the episode over'],
])('when %s, the page says what to start, and its input is a right one', (_, status, operation, title) => {
  const text = statusMarkdown(status, place)
  expect(text).toContain(`### ${title}`)
  expect(text).toContain(`(workflow type \`${operation}\`, task queue \`switchback\``)
  const input: unknown = JSON.parse(/```json\n([\s\S]*?)\n```/.exec(text)?.[1] ?? '')
  expect(startInputs[operation as 'failover'].safeParse(input).error).toBeUndefined()
  expect(input).toMatchObject({ pair: 'accounting', ...(status.episode?.inDoubt ? { adopt: true } : {}) })
})

test('every hint is a key that the input may have', () => {
  for (const status of [quiet, at2('failed-over'), at2('reset'), inDoubt('reset')]) {
    const next = nextStart(status)
    for (const hint of next?.hints ?? []) {
      const added = JSON.parse(`{${/`([^`]+)`/.exec(hint)?.[1]?.replace(/<[^>]+>/, 'C') ?? ''}}`) as object
      const result = startInputs[next?.operation ?? 'reset'].safeParse({ ...next?.input, ...added })
      expect(result.error).toBeUndefined()
    }
  }
})

test('the link opens the form of the UI, filled in, whatever the pair is called', () => {
  const text = statusMarkdown({ ...quiet, pair: 'a(b) c&d' }, place)
  const target = /\[Start failover\]\(([^)]+)\)/.exec(text)?.[1] ?? ''
  const url = new URL(target, 'http://ui')
  expect(url.pathname).toBe('/namespaces/default/workflows/start-workflow')
  expect(Object.fromEntries(url.searchParams)).toEqual({
    workflowType: 'failover',
    taskQueue: 'switchback',
    workflowId: 'failover/a(b) c&d/by-hand',
  })
})

test('while a run is under way nothing is to be started: the page leads to the run', () => {
  const lease = { workflowId: 'reset/x', runId: 'r', operation: 'reset' as const, epoch: 4, acquiredAt: at(9) }
  const text = statusMarkdown({ ...at2('resetting'), lease }, place)
  expect(text).not.toContain('Start ')
  expect(text).toContain(
    'held by the reset [reset/x](/namespaces/default/workflows/reset%2Fx) since 2026-01-01 00:00:09',
  )
})

test('an episode in doubt can be closed, with the payload', () => {
  expect(statusMarkdown(inDoubt('failover'), place)).toContain('`handOver`\n\n```json\n{"by":"you","reason":')
})

test('what is owed comes with the payload that discharges it', () => {
  const obligations = [{ id: 'fence/A/1', text: 'Fence A as soon as it answers', since: at(3) }]
  const text = statusMarkdown({ ...quiet, obligations }, place)
  expect(text).toContain('`dischargeObligation`')
  expect(text).toContain(
    '- Fence A as soon as it answers (since 2026-01-01 00:00:03 UTC)\n  `{"id":"fence/A/1","by":"you"}`',
  )
})

test('alerts come first, and cannot start a block of their own', () => {
  const text = statusMarkdown(
    { ...quiet, alerts: [`Unprotected since ${at(4)}\n# x <script>`], protectedBy: null },
    place,
  )
  expect(text).toContain('- ✖ Unprotected since 2026-01-01 00:00:04 UTC # x &lt;script>\n- ✖ not mirrored')
})
