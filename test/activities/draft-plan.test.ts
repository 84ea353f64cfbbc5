import { expect, test } from 'vitest'
import { draftPlan } from '../../src/activities/reads/draft-plan.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import type { OperationName } from '../../src/contract/names.ts'
import type { StepId } from '../../src/contract/steps.ts'
import { failureOf } from './memory-ports.ts'
import { sampleConfig, scene, stagedDossier, startInput } from './scene.ts'

const { deps, dossier } = scene()
const HOUR_MS = 3_600_000
const eventStreamsLink = {
  backend: 'event-streams' as const,
  disable: 'self-service' as const,
  maxLatencySeconds: 5,
  latencyWindowSeconds: 60,
  latencySamples: 3,
  topicNameTransform: { type: 'use_alias' as const },
  groupIdTransform: { type: 'none' as const },
}

function draft(operation: OperationName, change: object = {}, of = dossier) {
  const input = startInput(operation, change)
  return draftPlan(deps, { operation, input, dossier: of, mode: input.mode })
}

function refusal(operation: OperationName, change: object = {}, of = dossier) {
  return failureOf(Promise.resolve().then(() => draft(operation, change, of)))
}

test('a failover goes from the active side to the other, over the link between them', () => {
  expect(draft('failover')).toMatchObject({
    source: 'A',
    target: 'B',
    link: { from: 'A', to: 'B' },
    topics: ['accounting.invoices'],
    groups: ['billing'],
    naming: { kind: 'suffix', separator: '.', aliases: ['A', 'B', 'C'] },
  })
  expect(draft('failover').nextLink).toBeUndefined()
})

test('a reset to the old side disables the old link and enables the way back', () => {
  expect(draft('reset', {}, stagedDossier(dossier, 'reset'))).toMatchObject({
    source: 'B',
    target: 'A',
    link: { from: 'A', to: 'B' },
    nextLink: { from: 'B', to: 'A' },
  })
})

test('a reset to a replacement still disables the link from the dead cluster', () => {
  const input = { branch: 'replace', replacement: 'C' }
  const plan = draft('reset', input, stagedDossier(dossier, 'reset'))
  expect(plan).toMatchObject({
    source: 'B',
    target: 'C',
    link: { from: 'A', to: 'B' },
    nextLink: { from: 'B', to: 'C' },
  })
  expect(plan.steps.map(({ id }) => id)).not.toContain('guard-returning')
  // Recorded as the other side by now: the old link is still the one from the dead cluster.
  const recorded = { ...stagedDossier(dossier, 'reset'), standby: 'C' }
  expect(draft('reset', input, recorded).link).toEqual({ from: 'A', to: 'B' })
})

test('a failback returns to the other side and enables the original link at the end', () => {
  expect(draft('failback', {}, stagedDossier(dossier, 'failback'))).toMatchObject({
    source: 'B',
    target: 'A',
    link: { from: 'B', to: 'A' },
    nextLink: { from: 'A', to: 'B' },
  })
})

test.each<[OperationName, 'reset' | 'failback' | null, string]>([
  ['failover', 'reset', 'reset is next'],
  ['failover', 'failback', 'failback is next'],
  ['reset', null, 'failover is what can be started'],
  ['failback', null, 'failover is what can be started'],
  ['failback', 'reset', 'reset is next'],
])('%s is refused when it is not its turn (%s), with what is', async (operation, stage, next) => {
  const failure = await refusal(operation, {}, stage === null ? dossier : stagedDossier(dossier, stage))
  expect(failure).toMatchObject({ type: errorTypes.precondition, nonRetryable: true })
  expect(failure.message).toContain(next)
})

test('what the configuration does not know is named with what it has', async () => {
  const pair = await refusal('failover', { pair: 'acounting' })
  expect(pair).toMatchObject({ type: errorTypes.invalidInput, nonRetryable: true })
  expect(pair.message).toContain('has accounting')
  const replacement = await refusal('reset', { branch: 'replace', replacement: 'D' }, stagedDossier(dossier, 'reset'))
  expect(replacement.message).toContain('(A, B, C)')
  const topics = await refusal('failover', { topics: ['accounting.orders'] })
  expect(topics.type).toBe(errorTypes.invalidInput)
})

test('a link that is not configured is refused by its name', async () => {
  const config = sampleConfig((raw) => {
    raw.pairs['accounting']?.links.splice(1, 1)
  })
  const failure = await failureOf(
    Promise.resolve().then(() =>
      draftPlan(
        { ...deps, config: () => config },
        {
          operation: 'reset',
          input: startInput('reset'),
          dossier: stagedDossier(dossier, 'reset'),
          mode: 'planned',
        },
      ),
    ),
  )
  expect(failure.type).toBe(errorTypes.precondition)
  expect(failure.message).toContain('needs the link B->A')
})

test('a provider that changes links in hours is waited for: warned of after two, asked about after six', () => {
  const config = sampleConfig()
  const pair = config.pairs['accounting']
  if (!pair) throw new Error('no pair')
  pair.links = [
    { from: 'A', to: 'B', pollMs: 15_000 },
    { from: 'B', to: 'A', pollMs: 20_000 },
  ].map((link) => ({ ...eventStreamsLink, ...link }))
  const plan = draftPlan(
    { ...deps, config: () => config },
    { operation: 'failover', input: startInput('failover'), dossier, mode: 'planned' },
  )
  expect(plan).toMatchObject({
    positionsKept: true,
    timing: { linkChange: 2 * HOUR_MS, linkChangeLimit: 6 * HOUR_MS, linkPoll: 15_000 },
  })
  const { timing, ...others } = draft('failover')
  expect(others.positionsKept).toBeUndefined()
  expect(timing.linkChange ?? timing.linkChangeLimit).toBeUndefined()
})

test('where copies keep their names a failover is drawn, and the way back is refused with what to do by hand', async () => {
  const config = sampleConfig((raw) => {
    Object.assign(raw.pairs['accounting'] ?? {}, { naming: { kind: 'none' } })
  })
  const kept = { ...deps, config: () => config }
  const drawn = (operation: OperationName) => {
    const input = startInput(operation)
    const of = operation === 'failover' ? dossier : stagedDossier(dossier, operation)
    return draftPlan(kept, { operation, input, dossier: of, mode: 'planned' })
  }
  const { naming, steps } = drawn('failover')
  expect(naming.copies).toMatchObject({ A: { type: 'none' }, B: { type: 'none' } })
  const place = (id: StepId) => steps.findIndex((step) => step.id === id)
  expect(place('disable-topics')).toBeLessThan(place('start-producers'))
  for (const operation of ['reset', 'failback'] as const) {
    const failure = await failureOf(Promise.resolve().then(() => drawn(operation)))
    expect(failure.type).toBe(errorTypes.precondition)
    expect(failure.message).toMatch(/keep their names.*Manually: .*the update handOver on the pair/)
  }
})

test('a reset and a failback are of the topics that the failover moved; what was added to the file meanwhile waits', async () => {
  const config = sampleConfig((raw) => {
    const pair = raw.pairs['accounting']
    if (pair) Object.assign(pair, { topics: ['accounting.invoices', 'accounting.orders', 'accounting.late'] })
    const [entry] = (pair?.['applications'] ?? []) as { topics: string[] }[]
    entry?.topics.push('accounting.late')
  })
  const moved = (stage: 'reset' | 'failback') => {
    const staged = stagedDossier(dossier, stage)
    const fact = { result: { plan: { topics: ['accounting.invoices'] } } }
    const facts = [{ operation: 'failover' as const, step: 'assess' as const, state: 'done' as const, at: '', fact }]
    return { ...staged, episode: staged.episode && { ...staged.episode, facts } }
  }
  const drafted = (operation: 'reset' | 'failback', change: object = {}) =>
    draftPlan(
      { ...deps, config: () => config },
      { operation, input: startInput(operation, change), dossier: moved(operation), mode: 'planned' },
    )
  for (const operation of ['reset', 'failback'] as const) {
    const plan = drafted(operation)
    expect(plan.topics).toEqual(['accounting.invoices'])
    expect(plan.applications.map(({ name, topics }) => [name, topics])).toEqual([
      ['entry', ['accounting.invoices']],
      ['billing', ['accounting.invoices']],
    ])
    const refused = await failureOf(
      Promise.resolve().then(() => drafted(operation, { topics: ['accounting.invoices', 'accounting.orders'] })),
    )
    expect(refused).toMatchObject({ type: errorTypes.invalidInput })
    expect(refused.message).toContain('did not move accounting.orders')
  }
})
