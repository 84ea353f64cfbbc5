import type { JSONPayload } from '@temporalio/common/lib/proto-utils.js'
import { describe, expect, test } from 'vitest'
import { operations } from '../../src/contract/names.ts'
import type { RecordRequest } from '../../src/contract/pair-messages.ts'
import { firstValue, goldenNames, readGolden, type GoldenEvent } from './golden.ts'
import { World } from './world.ts'

/** What is on record when a run acts, in every golden history of an operation. */

const acts = new Set(Object.keys(new World().writes(async () => undefined)))
const runs = goldenNames()
  .map(readGolden)
  .filter(({ workflowType }) => operations.some((name) => name === workflowType))

type Scheduled = { activityType: { name: string }; input?: { payloads: JSONPayload[] } }

/** Each act, with the last state on record of every step that had any. Ends where the run steps back. */
function* actsOf(events: GoldenEvent[]): Generator<{ act: string; states: Map<string, string> }> {
  const scheduled = new Map<string, Scheduled>()
  const states = new Map<string, string>()
  for (const event of events) {
    const begun = event['activityTaskScheduledEventAttributes'] as Scheduled | undefined
    if (begun !== undefined) {
      scheduled.set(event.eventId, begun)
      if (acts.has(begun.activityType.name)) yield { act: begun.activityType.name, states: new Map(states) }
    }
    const completed = event['activityTaskCompletedEventAttributes'] as { scheduledEventId: string } | undefined
    const done = completed && scheduled.get(completed.scheduledEventId)
    if (done?.activityType.name !== 'recordFacts') continue
    const facts = (firstValue<RecordRequest>(done.input?.payloads)?.entries ?? []).flatMap((entry) =>
      entry.type === 'fact' ? [entry.fact] : [],
    )
    // Stepping back records again as begun all that is to be undone.
    if (facts.some(({ step, state }) => state === 'begun' && states.get(step) === 'done')) return
    for (const { step, state } of facts) states.set(step, state)
  }
}

describe('when a run acts', () => {
  test.each(runs.map(({ name }) => name))('%s: only the step that acts is open on record', (name) => {
    const { history } = readGolden(name)
    for (const { act, states } of actsOf(history.events)) {
      const open = [...states].filter(([, state]) => state === 'begun').map(([step]) => step)
      // A ticket is commented in a step that begins nothing as well.
      if (act === 'commentTicket' && open.length === 0) continue
      expect({ act, open }).toEqual({ act, open: [...states.keys()].slice(-1) })
    }
  })

  test('there are many such acts', () => {
    expect(runs.flatMap(({ history }) => [...actsOf(history.events)]).length).toBeGreaterThan(50)
  })
})
