import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultPayloadConverter } from '@temporalio/common'
import { JSONToPayload, type JSONPayload } from '@temporalio/common/lib/proto-utils.js'
import type { Dossier } from '../../src/contract/dossier.ts'
import type { PairStatus } from '../../src/contract/pair-messages.ts'
import type { Progress } from '../../src/contract/progress.ts'

/**
 * Golden histories: `<name>.json` is a history as Temporal's own tools write and read it; `<name>.moments.json` says at
 * which of its events it was read while it was open, and what the workflow answered then. Recorded by
 * `npx tsx scripts/record-histories.ts`.
 */
export const goldenFolder = fileURLToPath(new URL('../histories', import.meta.url))

export interface Moment {
  /** What the run was about to record, or what it waited for. */
  at: string
  /** The history had so many events. */
  events: number
  state: Summary
}

export interface Moments {
  workflowId: string
  workflowType: string
  /** Read while the workflow was open. */
  open: Moment[]
  /** Read when it was over, or last. */
  end: Summary
}

export interface Golden extends Moments {
  name: string
  /** As recorded, in Temporal's JSON. */
  history: { events: GoldenEvent[] }
}

export type GoldenEvent = { eventId: string; eventType: string } & Record<string, unknown>

export type Summary = Record<string, unknown>

export function goldenNames(): string[] {
  return readdirSync(goldenFolder)
    .filter((file) => file.endsWith('.moments.json'))
    .map((file) => file.slice(0, -'.moments.json'.length))
    .sort()
}

export function readGolden(name: string): Golden {
  const read = (suffix: string): unknown => JSON.parse(readFileSync(join(goldenFolder, `${name}${suffix}`), 'utf8'))
  return { name, ...(read('.moments.json') as Moments), history: read('.json') as Golden['history'] }
}

/** The first value of an event's payloads; undefined when it has none. */
export function firstValue<T>(payloads: readonly JSONPayload[] | undefined): T | undefined {
  const [payload] = payloads ?? []
  return payload && defaultPayloadConverter.fromPayload<T>(JSONToPayload(payload))
}

/** What the queries of a workflow answered, as the interceptor of a replay and the recorder read them. */
export interface Answers {
  progress?: Progress
  status?: PairStatus
  dossier?: Dossier
  history?: { at: string; text: string }[]
}

/** What must come out of a replay. Samples of the lag come when they like, and are left out. */
export function summaryOf(answers: Answers): Summary {
  return { ...(answers.progress ? runSummary(answers.progress) : {}), ...pairSummary(answers) }
}

export function runSummary(progress: Progress): Summary {
  return {
    state: progress.state,
    mode: progress.mode,
    source: progress.source,
    target: progress.target,
    episode: progress.episode,
    planHash: progress.planHash,
    currentStep: progress.currentStep,
    steps: Object.fromEntries(progress.steps.map(({ id, state, attempts }) => [id, `${state} ${attempts}`])),
    waitingFor: progress.waitingFor.map(({ id, choices }) => `${id}: ${choices.join(', ')}`),
    tickets: progress.tickets.map(({ id, completedBy }) => `${id} ${completedBy ?? 'open'}`),
    pastReturn: progress.pointOfNoReturnAt !== null,
    abortRequested: progress.abortRequested,
    obligations: progress.obligations,
    notes: progress.notes,
    refused: progress.refusedMessages.count,
    unknown: progress.unknownMessages.count,
    updatedAt: progress.updatedAt,
    finishedAt: progress.finishedAt,
  }
}

function pairSummary({ status, dossier, history }: Answers): Summary {
  if (!status || !dossier) return {}
  const { active, standby, lease, episode, obligations, protectedBy, unknownMessages } = status
  return {
    active,
    standby,
    lease,
    episode,
    obligations: obligations.map(({ id }) => id),
    protectedBy,
    unknown: unknownMessages?.count ?? 0,
    facts: dossier.episode?.facts.map(({ operation, step, state }) => `${operation} ${step} ${state}`) ?? [],
    fences: dossier.fences.map(({ cluster, added }) => `${cluster} ${added.length}`),
    moves: dossier.moves.map(({ from, to, mode }) => `${from}->${to} ${mode}`),
    cuts: dossier.cuts.length,
    snapshots: dossier.snapshots.length,
    settlements: dossier.settlements.map(({ action }) => action),
    ledgers: dossier.ledgers.map(({ kind, records }) => `${kind} ${records}`),
    events: history?.map(({ text }) => text) ?? [],
  }
}
