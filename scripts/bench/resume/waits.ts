import type { Client, WorkflowHandle } from '@temporalio/client'
import proto, { type temporal } from '@temporalio/proto'
import { runQueries, runSignals, runUpdates } from '../../../src/contract/definitions.ts'
import type { StepId } from '../../../src/contract/steps.ts'
import type { MemoryPair } from '../region/memory-pair.ts'
import type { PairSettings } from '../region/region.ts'

const { PENDING_ACTIVITY_STATE_STARTED, PENDING_ACTIVITY_STATE_SCHEDULED } =
  proto.temporal.api.enums.v1.PendingActivityState

/** A wait that a run is brought into, with what makes it last and what ends it. */
export type Wait = {
  name: string
  step: StepId
  settings: PairSettings
  /** `reset`: after a failover. */
  operation: 'failover' | 'reset'
  /** An approval is waited for. */
  unapproved?: true
  /** Before the run begins. */
  hold: (pair: MemoryPair) => void
  isReached: (run: WorkflowHandle) => Promise<boolean>
  /** Needs no worker to be heard. */
  release: (pair: MemoryPair, run: WorkflowHandle) => Promise<unknown>
}

const inActivity =
  (activity: string, state: temporal.api.enums.v1.PendingActivityState, attempt: number) =>
  async (run: WorkflowHandle): Promise<boolean> =>
    ((await run.describe()).raw.pendingActivities ?? []).some(
      (pending) =>
        pending.activityType?.name === activity && pending.state === state && (pending.attempt ?? 0) >= attempt,
    )
const looking = (activity: string) => inActivity(activity, PENDING_ACTIVITY_STATE_STARTED, 1)

const questionOf =
  (step: StepId) =>
  async (run: WorkflowHandle): Promise<boolean> =>
    (await run.query(runQueries.progress)).waitingFor.some((question) => question.step === step)

/** Every kind of wait of a run. */
export const waits: Wait[] = [
  {
    name: 'approval',
    step: 'approve',
    settings: {},
    operation: 'failover',
    unapproved: true,
    hold: () => undefined,
    isReached: questionOf('approve'),
    async release(_, run) {
      // The question was there before the worker died, and its worker is gone: asked of the new one.
      const { waitingFor } = await run.query(runQueries.progress)
      await run.executeUpdate(runUpdates.approve, { args: [waitingFor[0]?.send.payload] })
    },
  },
  {
    name: 'stability window',
    step: 'fence-source',
    settings: { timing: { stability: 1_000 } },
    operation: 'failover',
    hold: ({ source }) => void (source.restless = true),
    isReached: looking('awaitStill'),
    release: async ({ source }) => void (source.restless = false),
  },
  {
    name: 'repetition after a failure',
    step: 'fence-source',
    settings: {},
    operation: 'failover',
    hold: ({ source }) => void (source.refusing = true),
    isReached: inActivity('applyFence', PENDING_ACTIVITY_STATE_SCHEDULED, 3),
    release: async ({ source }) => void (source.refusing = false),
  },
  {
    name: 'lag',
    step: 'confirm-mirrored',
    settings: {},
    operation: 'failover',
    hold: ({ link }) => void (link.behind = 5),
    isReached: looking('awaitMirrored'),
    release: async ({ link }) => void (link.behind = 0),
  },
  {
    name: 'drain',
    step: 'drain-consumers',
    settings: {},
    operation: 'failover',
    hold: ({ source }) => void (source.unread = 5),
    isReached: looking('awaitDrained'),
    release: async ({ source }) => void (source.unread = 0),
  },
  {
    name: 'ticket',
    step: 'await-ticket',
    settings: {},
    operation: 'reset',
    hold: () => undefined,
    isReached: questionOf('await-ticket'),
    release: async ({ link }, run) => ticketCompleted(link, run),
  },
  {
    name: 'change of a link',
    step: 'await-ticket',
    settings: { disable: 'self-service' },
    operation: 'reset',
    hold: ({ link }) => void (link.stopping = true),
    isReached: looking('awaitLinkChange'),
    async release({ link }) {
      link.stopping = false
      await link.disable()
    },
  },
  {
    name: 'remote topics',
    step: 'verify-remote',
    settings: { disable: 'self-service' },
    operation: 'reset',
    hold: ({ back }) => void (back.withholds = true),
    isReached: looking('awaitRemoteTopics'),
    release: async ({ back }) => void (back.withholds = false),
  },
]

async function ticketCompleted(link: MemoryPair['link'], run: WorkflowHandle): Promise<void> {
  await link.disable()
  await run.signal(runSignals.ticketCompleted, { ticketId: 'T-1', completedBy: 'bench' })
}

/** Brings a run of the pair into the wait. */
export async function enter(client: Client, wait: Wait, name: string, pair: MemoryPair): Promise<WorkflowHandle> {
  const start = async (operation: 'failover' | 'reset', more: object) =>
    client.workflow.start(operation, {
      taskQueue: 'bench',
      workflowId: `${operation}/${name}`,
      args: [{ pair: name, reason: 'the region is lost', requestedBy: 'bench', ...more }],
    })
  const approved = wait.unapproved ? {} : { approvedBy: 'bench' }
  if (wait.operation === 'reset') {
    await (await start('failover', approved)).result()
    wait.hold(pair)
    return start('reset', { ...approved, branch: 'recover' })
  }
  // The pair was looked at before: a lag that is known would block the start.
  wait.hold(pair)
  return start('failover', approved)
}
