import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApplicationFailure } from '@temporalio/common'
import * as fc from 'fast-check'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createApplication } from '../../src/controls/application.ts'
import { createMirrorMaker2 } from '../../src/backends/mirrormaker2/mirror-maker2.ts'
import { neighboursOf, surroundingsOf } from '../../src/backends/mirrormaker2/engine/foreign.ts'
import { createMirroring } from '../../src/backends/mirroring.ts'
import { createSchemaRegistry } from '../../src/adapters/schema-registry/schema-registry.ts'
import { createDesk } from '../../src/desks/create-desk.ts'
import { configSchema, type Config } from '../../src/config/schema.ts'
import { pairOf, smallest } from '../config/support.ts'
import { scene } from '../backends/event-streams-support.ts'
import { changed, type Spoiled } from './answers.ts'
import { Fronts } from './front-process.ts'
import { Memory, mb } from './memory.ts'
import { longestTurn, minutes, runs } from './runs.ts'
import { spoiled } from './spoiled.ts'
import { Turns } from './turns.ts'

/**
 * Whatever a Connect, a registry, a desk, an application or a provider answers: each call ends when it is told to, with an answer or
 * with a failure that says what is wrong; the event loop and the memory of the worker stay free.
 */

/** Every call is told to end after this time, ms, and has so long for it. */
const given = 1_500
const grace = 4_000

/** The play that is not over yet. */
let underWay: Promise<unknown> = Promise.resolve()

type Call = (signal: AbortSignal) => Promise<unknown>

const closers: (() => Promise<void>)[] = []
const turns = new Turns()
const fronts = new Fronts()

afterEach(() => {
  turns.take()
})
afterAll(async () => {
  turns.stop()
  await fronts.close()
  await Promise.all(closers.map((close) => close()))
})

/** The outcome in a word; a fault when the call does not end, or ends with what no activity expects. */
async function outcomeOf(call: Call): Promise<string> {
  const signal = AbortSignal.timeout(given)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it did not end')), given + grace)
  })
  try {
    await Promise.race([call(signal), late])
    return 'answer'
  } catch (error) {
    if (signal.aborted && error === signal.reason) return 'ended'
    if (!(error instanceof ApplicationFailure)) throw error
    expect(error.message.length, error.message.slice(0, 200)).toBeLessThan(4_000)
    return error.type ?? 'failure'
  } finally {
    clearTimeout(timer)
  }
}

/** Plays drawn answers, one call after the other. */
async function played(
  name: string,
  front: Pick<Fronts, 'spoil'>,
  calls: Record<string, Call>,
  count: number,
  share: number,
): Promise<void> {
  const outcomes = new Map<string, number>()
  let longest = { turn: 0, with: '' }
  const memory = new Memory()
  // Where a time ends the plays, the last one may still be under way.
  await underWay
  await front.spoil(null)
  for (const call of Object.values(calls)) await outcomeOf(call)
  turns.take()
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(calls)), spoiled, async (what, how) => {
      const call = calls[what]
      if (call === undefined) throw new Error(what)
      await front.spoil(how)
      turns.take()
      memory.begin()
      const play = outcomeOf(call)
      const asBefore = () => front.spoil(null)
      underWay = play.then(asBefore, asBefore)
      try {
        const outcome = await play
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      } finally {
        await underWay
      }
      const turn = turns.take()
      if (turn > longest.turn) longest = { turn, with: `${what}: ${JSON.stringify(how).slice(0, 300)}` }
      expect(turn, `a turn of ${Math.round(turn)} ms: ${longest.with}`).toBeLessThan(longestTurn)
      expect(memory.fault()).toBeNull()
    }),
    runs(name, count, share),
  )
  if (minutes > 0)
    console.log(
      `${name}: ${JSON.stringify(Object.fromEntries(outcomes))}, longest turn ${Math.round(longest.turn)} ms (${longest.with}), one answer added at most ${mb(memory.added)}`,
    )
}

function configured(change: (tree: ReturnType<typeof smallest>) => void): Config {
  const tree = smallest()
  change(tree)
  return configSchema.parse(tree)
}

test('Kafka Connect', async () => {
  const topics = ['accounting.invoices']
  const url = await fronts.open('connect')
  const config = configured((tree) => {
    for (const link of pairOf(tree).links) link['connect'] = { url: url, timeoutMs: 1_000 }
  })
  const link = config.pairs['accounting']?.links[0]
  if (link?.backend !== 'mirrormaker2') throw new Error('no link')
  const port = createMirrorMaker2(link, surroundingsOf(neighboursOf(config, 'accounting', link)))
  await played(
    'connect',
    fronts,
    {
      describe: (signal) => port.describe(signal),
      mirroredTo: (signal) => port.mirroredTo(topics, signal),
      probeDisabled: (signal) => port.probeDisabled(signal),
      setSelection: (signal) => port.setSelection('^$', 'accounting\\.invoices', signal),
      enable: (signal) => port.enable(signal),
      disable: (signal) => port.disable(signal),
      flush: (signal) => port.flush?.(signal) ?? Promise.resolve(),
      setPosition: (signal) => port.setPosition([{ topic: 'accounting.invoices', offsets: [[0, 1]] }], signal),
    },
    25,
    1 / 3,
  )
})

test('a schema registry', async () => {
  const url = await fronts.open('registry')
  const registry = createSchemaRegistry('A', { url: url, timeoutMs: 1_000 })
  await played(
    'registry',
    fronts,
    {
      schemasOf: (signal) => registry.schemasOf(['accounting.invoices'], signal),
      byIds: (signal) => registry.byIds([7], signal),
    },
    15,
    1 / 9,
  )
})

test('a support desk', async () => {
  const url = await fronts.open('desk')
  const config = configured((tree) => {
    pairOf(tree)['desk'] = { adapter: 'webhook', url: url, timeoutMs: 1_000 }
  })
  const desk = createDesk('accounting', deskOf(config), config)
  await played('desk', fronts, deskCalls(desk), 20, 1 / 9)
})

function deskOf(config: Config) {
  const desk = config.pairs['accounting']?.desk
  if (desk === undefined) throw new Error('no desk')
  return desk
}

function deskCalls(desk: ReturnType<typeof createDesk>): Record<string, Call> {
  const request = {
    token: 'a-token',
    summary: 'Disable A->B',
    text: 'Please disable A->B.',
    link: { from: 'A', to: 'B' },
    connectors: ['source-A-B'],
    pair: 'accounting',
    workflowId: 'reset-1',
  }
  return {
    find: (signal) => desk.find('a-token', signal),
    open: (signal) => desk.open(request, signal),
    state: (signal) => desk.state('CS1', signal),
    comment: (signal) => desk.comment('CS1', 'Reminder 1', signal),
  }
}

test('an application behind a webhook', async () => {
  const url = await fronts.open('application')
  await played('webhook', fronts, applicationCalls({ adapter: 'webhook', url: url, timeoutMs: 1_000 }), 12, 1 / 9)
})

function applicationCalls(control: object): Record<string, Call> {
  const config = configured((tree) => {
    Object.assign(pairOf(tree).applications[0] ?? {}, { control })
  })
  const app = config.pairs['accounting']?.applications[0]
  if (app === undefined) throw new Error('no application')
  const port = createApplication('accounting', app, config.clusters)
  const target = { cluster: 'B', topics: ['accounting.invoices'], phase: 'all' as const }
  return {
    state: (signal) => port.state(signal),
    stop: (signal) => port.stop('a-key', signal),
    start: (signal) => port.start(target, 'a-key', signal),
  }
}

test('a control program', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-hostile-'))
  closers.push(async () => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'says')
  const honest = { state: 'running', cluster: 'A', topics: ['accounting.invoices'], detail: 'well' }
  const spoil = (how: Spoiled | null): void => {
    const text = JSON.stringify(how === null ? honest : changed(honest, how.how))
    const said = how?.how.kind === 'text' ? how.how.text : how?.how.kind === 'cut' ? text.slice(0, how.how.at) : text
    writeFileSync(file, said)
  }
  spoil(null)
  const program = ['cat', file]
  const control = { adapter: 'command', stop: program, start: program, state: program, timeoutMs: 1_000 }
  await played('program', { spoil: async (how) => spoil(how) }, applicationCalls(control), 12, 1 / 9)
})

test('IBM Cloud: its token, its mirroring and its cases', async () => {
  const { cloud, config, clusters } = await scene({ finished: (close) => void closers.push(close) })
  const url = await fronts.open('another', cloud.url)
  const behind = JSON.parse(JSON.stringify(config).replaceAll(cloud.url, url)) as Config
  if (behind.ibmCloud) behind.ibmCloud.timeoutMs = 1_000
  const link = behind.pairs['accounting']?.links[0]
  if (link === undefined) throw new Error('no link')
  // Made anew for each call: an account keeps its token, and the token's answer is one of those that are spoiled.
  const port = () =>
    createMirroring(link, {
      config: behind,
      pair: 'accounting',
      cluster: (alias) => clusters[alias as 'A' | 'B'],
    })
  const desk = (): Record<string, Call> => deskCalls(createDesk('accounting', deskOf(behind), behind))
  const desks = Object.fromEntries(
    Object.keys(desk()).map((name): [string, Call] => [name, (signal) => desk()[name]?.(signal) ?? Promise.resolve()]),
  )
  await played(
    'ibm',
    fronts,
    {
      describe: (signal) => port().describe(signal),
      probeDisabled: (signal) => port().probeDisabled(signal),
      setSelection: (signal) => port().setSelection('accounting.invoices', null, signal),
      enable: (signal) => port().enable(signal),
      ...desks,
    },
    20,
    2 / 9,
  )
})
