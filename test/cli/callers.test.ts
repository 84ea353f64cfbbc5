import { defaultPayloadConverter } from '@temporalio/common'
import { expect, test } from 'vitest'
import { callersText } from '../../src/cli/render/callers.ts'
import { type Caller, callerOf } from '../../src/cli/temporal/callers.ts'

const converter = { payloadCodecs: [] }
const eventTime = { seconds: 1_767_225_600, nanos: 0 } as never
const input = (value: unknown) => ({ payloads: [defaultPayloadConverter.toPayload(value)] })

test('every call of a history is told with what it says of its sender, what its client calls itself, and whom the server has recognized', async () => {
  const events = [
    {
      eventTime,
      workflowExecutionStartedEventAttributes: { identity: '12@desk', input: input({ requestedBy: 'kim' }) },
    },
    { eventTime, workflowExecutionSignaledEventAttributes: { signalName: 'pause', identity: '', input: input('no') } },
    {
      eventTime,
      principal: { type: 'jwt', name: 'kim@bank' },
      workflowExecutionUpdateAcceptedEventAttributes: {
        acceptedRequest: { meta: { identity: '13@desk' }, input: { name: 'approve', args: input({ by: 'lee' }) } },
      },
    },
    { eventTime, workflowExecutionCancelRequestedEventAttributes: { identity: '14@ui' } },
    { eventTime, activityTaskScheduledEventAttributes: {} },
  ]
  const callers: Caller[] = []
  for (const event of events) {
    const caller = await callerOf(converter, event)
    if (caller) callers.push(caller)
  }
  const at = '2026-01-01T00:00:00.000Z'
  expect(callers).toEqual([
    { at, what: 'start', by: 'kim', identity: '12@desk', principal: null },
    { at, what: 'signal pause', by: null, identity: null, principal: null },
    { at, what: 'update approve', by: 'lee', identity: '13@desk', principal: 'jwt kim@bank' },
    { at, what: 'cancel', by: null, identity: '14@ui', principal: null },
  ])
  expect(callersText(callers)).toContain('update approve: by lee, called as `13@desk`, principal jwt `kim@bank`')
  expect(callersText(callers.slice(0, 2))).toContain('does not report whom it has recognized')
})

test('a sender cannot bring a link into the report', () => {
  const caller = {
    at: 'x',
    what: 'update approve',
    by: '[click](https://evil.example)',
    identity: 'a\nb',
    principal: null,
  }
  const text = callersText([caller])
  expect(text).toContain('by `[click](https://evil.example)`,')
  expect(text).not.toContain('a\nb')
})
