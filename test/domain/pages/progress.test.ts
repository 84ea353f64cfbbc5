import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Progress } from '../../../src/contract/progress.ts'
import type { StepState } from '../../../src/contract/steps.ts'
import { detailsMarkdown, reportMarkdown } from '../../../src/domain/pages/progress.ts'
import { codeBlock } from '../../../src/domain/text/markdown-text.ts'
import { aMove, at } from '../builders.ts'

const step = (state: StepState, change: object = {}) => ({
  id: 'confirm-mirrored' as const,
  title: 'Confirm that everything is mirrored',
  state,
  attempts: 1,
  ...change,
})

const progress: Progress = {
  version: 1,
  operation: 'failover',
  pair: 'accounting',
  workflowId: 'failover/accounting/1',
  state: 'waiting',
  mode: 'planned',
  dryRun: false,
  source: 'A',
  target: 'B',
  episode: 3,
  planHash: '0123456789abcdef',
  startedAt: at(0),
  updatedAt: at(9),
  finishedAt: null,
  pointOfNoReturnAt: null,
  steps: [
    {
      ...step('done', { seconds: 1.24, detail: '2 producers stopped' }),
      id: 'stop-producers',
      title: 'Stop the producers',
    },
    { ...step('skipped', { reason: 'A is dark' }), id: 'fence-source', title: 'Fence the source' },
    step('waiting', { attempts: 2 }),
    { ...step('pending'), id: 'verify', title: 'Verify' },
  ],
  currentStep: 'confirm-mirrored',
  waitingFor: [
    {
      id: 'confirm-mirrored#1',
      step: 'confirm-mirrored',
      kind: 'decision',
      text: 'Mirroring does not move.',
      choices: ['retry', 'abort'],
      send: { update: 'decide', payload: { question: 'confirm-mirrored#1', action: 'retry', by: 'you', reason: '…' } },
      askedAt: at(8),
    },
  ],
  tickets: [
    { id: 'CS1', desk: 'webhook', openedAt: at(3), reminders: 0, escalated: true, url: 'https://desk.example/CS1' },
  ],
  findings: [
    { severity: 'warning', code: 'partition-parity', text: 'B has fewer partitions.' },
    { severity: 'info', code: 'x', text: 'All is well.' },
  ],
  obligations: ['fence A as soon as it answers'],
  notes: ['the link was restarted'],
  abortRequested: false,
  refusedMessages: { count: 1, last: [{ at: at(5), message: 'approve', error: 'another question' }] },
  unknownMessages: { count: 0, last: [] },
}

test('the runbook is a list with one mark a step, which the UI can draw', () => {
  const text = detailsMarkdown(progress)
  expect(text).toContain('## failover accounting: A → B')
  expect(text).toContain('- ✔ Stop the producers (`stop-producers`) 1.2 s: 2 producers stopped')
  expect(text).toContain('- – Fence the source (`fence-source`) skipped: A is dark')
  expect(text).toContain('### Steps: 2 of 4')
  expect(text).toContain('- ⏸ **Confirm that everything is mirrored** (`confirm-mirrored`), attempt 2')
  expect(text).toContain('- ○ Verify (`verify`)')
  expect(text).not.toMatch(/\[[ x]\]|^\|/m)
})

test.each<[StepState, string]>([
  ['running', '▶'],
  ['failed', '✖'],
  ['undone', '↶'],
])('a step that is %s has the mark %s', (state, mark) => {
  expect(detailsMarkdown({ ...progress, waitingFor: [], steps: [step(state)] })).toMatch(new RegExp(`^- ${mark} `, 'm'))
})

test('what it waits for comes with the update and a payload that can be pasted', () => {
  const text = detailsMarkdown(progress)
  expect(text).toContain('### ⏸ Waits for you: confirm-mirrored#1\n\nMirroring does not move.')
  expect(text).toContain('Send the update `decide`; actions: retry, abort\n')
  const payload = /```json\n([\s\S]*?)\n```/.exec(text)?.[1]
  expect(JSON.parse(payload ?? '')).toEqual(progress.waitingFor[0]?.send.payload)
})

test('a question that has a message of its own can be decided against as well', () => {
  const payload = { question: 'approve#1', by: 'you', planHash: '0123456789abcdef' }
  const question = {
    ...(progress.waitingFor[0] as Progress['waitingFor'][number]),
    id: 'approve#1',
    choices: ['abort', 'handOver'],
    send: { update: 'approve', payload },
  }
  const text = detailsMarkdown({ ...progress, waitingFor: [question] })
  const payloads = [...text.matchAll(/```json\n([\s\S]*?)\n```/g)].map(([, json]) => JSON.parse(json ?? '') as unknown)
  expect(payloads).toEqual([
    payload,
    { question: 'approve#1', run: progress.workflowId, action: 'abort', by: 'you', reason: 'why' },
  ])
  expect(text).toContain('Send the update `approve`\n')
  expect(text).toContain('Or send the update `decide`; actions: abort, handOver\n')
})

test('a step that is on and asks somebody waits, and says since when', () => {
  const text = detailsMarkdown({ ...progress, steps: [step('running', { startedAt: at(7) })] })
  expect(text).toContain(
    '- ⏸ **Confirm that everything is mirrored** (`confirm-mirrored`) since 2026-01-01 00:00:07 UTC',
  )
})

test.each([
  [9.96, '10 s'],
  [200, '3 min 20 s'],
  [18_120, '5 h 2 min'],
])('%d seconds of a step read as %s', (seconds, text) => {
  expect(detailsMarkdown({ ...progress, steps: [step('done', { seconds })] })).toContain(
    `(\`confirm-mirrored\`) ${text}`,
  )
})

test('a question of several lines keeps its list', () => {
  const question = {
    ...(progress.waitingFor[0] as Progress['waitingFor'][number]),
    text: '2 blocking findings:\n- one\n- two\nSend force.',
  }
  expect(detailsMarkdown({ ...progress, waitingFor: [question] })).toContain(
    '2 blocking findings:\n\n- one\n- two\n\nSend force.\n',
  )
})

test('tickets, obligations, warnings, notes and refusals are told, infos are not', () => {
  const text = detailsMarkdown(progress)
  for (const told of [
    'CS1 at webhook, open, escalated: <https://desk.example/CS1>',
    'fence A as soon',
    'warning: B has fewer',
    'the link was restarted',
    'another question',
  ]) {
    expect(text).toContain(told)
  }
  expect(text).not.toContain('All is well.')
})

test('a long list is cut and says by how much', () => {
  const obligations = Array.from({ length: 20 }, (_, i) => `obligation ${i}`)
  expect(detailsMarkdown({ ...progress, obligations })).toContain('- and 12 more')
})

test('a run that waits for nothing has no empty sections', () => {
  const text = detailsMarkdown({ ...progress, waitingFor: [], tickets: [], findings: [], obligations: [], notes: [] })
  expect(text).not.toMatch(/Waits for|Tickets|Findings|Notes|Owed/)
})

test('no text from outside can start a block, a tag or end a code block early', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('# x', '- x', '```', '<script>', '\n## heading\n'), (noise, evil) => {
      const said = `${noise}\n${evil}`
      const question = { ...progress.waitingFor[0], text: said, send: { update: 'decide', payload: { reason: said } } }
      const text = detailsMarkdown({
        ...progress,
        steps: [step('failed', { reason: said, detail: said })],
        waitingFor: [question as Progress['waitingFor'][number]],
        notes: [said],
      })
      const outside = text.replace(/(`{3,})json\n[\s\S]*?\n\1/g, '')
      expect(outside).not.toContain('<script')
      expect(outside.match(/^#+ /gm)).toHaveLength(8)
      const [, fence, payload] = /(`{3,})json\n([\s\S]*?)\n\1(?!`)/.exec(text) ?? []
      expect(fence).toBeDefined()
      expect(JSON.parse(payload ?? '')).toEqual({ reason: said })
    }),
  )
})

test('a code block ends at its own fence only', () => {
  expect(codeBlock('a\n```\nb', 'text')).toBe('````text\na\n```\nb\n````')
})

test('the report files the evidence: certificate, ledger, offsets, expectations', () => {
  const report = reportMarkdown(
    { ...progress, state: 'succeeded', finishedAt: at(99), pointOfNoReturnAt: at(50), waitingFor: [] },
    {
      expectations: {
        lossRecords: null,
        duplicates: [{ group: 'billing', records: 40 }],
        orderBreaks: [{ group: 'audit', reason: 'cannot follow segments' }],
      },
      certificate: {
        takenAt: at(20),
        link: 'A->B',
        complete: false,
        obstacles: [],
        totalLag: 3,
        topics: [
          {
            topic: 't',
            topicId: 'id',
            rows: [
              [0, 0, 10, 10, 9, 0, 'mirrored'],
              [1, 0, 10, 10, 6, 3, 'behind'],
            ],
          },
        ],
      },
      ledger: {
        kind: 'estimate',
        takenAt: at(21),
        cluster: 'A',
        sampleAgeSeconds: 4.6,
        records: 3,
        topics: [
          {
            topic: 't',
            rows: [
              [1, 7, null, 3, 12],
              [2, 0, null, null, null],
            ],
          },
        ],
      },
      offsetPlan: {
        groups: [{ group: 'billing', duplicates: 40, rows: [['t.A', 0, 60, 70, 60, 40, 'translated by the link']] }],
        obstacles: ['billing: something expired'],
      },
      move: aMove({ reread: [{ group: 'billing', declared: 40, counted: 12, unknown: 0 }] }),
    },
  )
  for (const told of [
    'State: **succeeded**, planned',
    'Point of no return: 2026-01-01T00:00:50.000Z',
    'records lost to the readers: cannot be known',
    'billing may read 40 records twice at most',
    'order breaks for audit: cannot follow segments',
    'on A->B: **not proven**',
    '| t | 2 | 1 | 3 |',
    't partition 1: 3 records behind',
    '**at most 3 records**, and what is in 1 partitions of which nothing is known, written within 12 s before it was last seen, 4.6 s before this estimate; what was written in those 4.6 s comes on top.',
    '| t | 1 | 7 | 3 | 12 s |',
    '| t | 2 | 0 | unknown | unknown |',
    '| billing | t.A | 0 | 70 | 60 | 60 | 40 | translated by the link |',
    '- billing: something expired',
    '- A → B, billing: 12 of at most 40 declared',
  ]) {
    expect(report).toContain(told)
  }
})

test('a report without evidence has no section for it', () => {
  expect(reportMarkdown(progress, {})).not.toMatch(/## (Certificate|Loss ledger|Where the groups|Expected)/)
})

test('a report of thousands of partitions stays readable and says what it leaves out', () => {
  const rows = Array.from({ length: 3000 }, (_, p): [number, number, number, number] => [p, 0, 1, 1])
  const ledger = {
    kind: 'exact' as const,
    takenAt: at(1),
    cluster: 'A',
    sampleAgeSeconds: null,
    records: 3000,
    topics: [{ topic: 't', rows }],
  }
  const report = reportMarkdown(progress, { ledger })
  expect(report).toContain('and 2800 more rows')
  expect(report.length).toBeLessThan(20_000)
})
