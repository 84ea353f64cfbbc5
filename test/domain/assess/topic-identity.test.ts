import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LagSample } from '../../../src/contract/evidence.ts'
import { identitiesAfter, positionIds } from '../../../src/domain/assess/topic-identity.ts'
import { ends } from '../builders.ts'

type Memory = Pick<LagSample, 'topicIds' | 'stalePositions' | 'mirroredTo'>
const topic = (id: string) => [ends('t', [[0, 0, 10, 10]], id)]
const reached = (...offsets: [number, number][]) => [{ topic: 't', offsets }]

/** What a pair remembers that sees these one after the other. */
function seeing(...looks: [id: string | null, mirroredTo: [number, number][] | null][]): Memory {
  return looks.reduce<Memory | null>((before, [id, offsets]) => {
    const mirroredTo = offsets === null ? null : reached(...offsets)
    const identities = identitiesAfter(before, id === null ? null : topic(id), mirroredTo)
    return { ...identities, mirroredTo: mirroredTo ?? before?.mirroredTo ?? [] }
  }, null) as Memory
}

test('a topic that stays is known by its id', () => {
  expect(positionIds(seeing(['one', [[0, 5]]], ['one', [[0, 9]]]))).toEqual([{ topic: 't', topicId: 'one' }])
})

test('a position that only went on belongs to the topic that is gone', () => {
  const memory = seeing(['one', [[0, 5]]], ['two', [[0, 5]]], ['two', [[0, 7]]])
  expect(memory.stalePositions).toEqual([{ topic: 't', topicId: 'one', offsets: [[0, 5]] }])
  expect(positionIds(memory)).toEqual([{ topic: 't', topicId: 'one' }])
})

test('a position seen to be taken back or away belongs to the new one, however far it goes later', () => {
  for (const anew of [[[0, 2]], []] as [number, number][][]) {
    const memory = seeing(['one', [[0, 5]]], ['two', [[0, 5]]], ['two', anew], ['two', [[0, 50]]])
    expect(positionIds(memory)).toEqual([{ topic: 't', topicId: 'two' }])
  }
})

test('every partition has to begin anew', () => {
  const memory = seeing(['one', [[0, 5], [1, 8]]], ['two', [[0, 1], [1, 8]]]) // prettier-ignore
  expect(memory.stalePositions).toEqual([{ topic: 't', topicId: 'one', offsets: [[1, 8]] }])
})

test('neither a dark source nor a silent link makes anything forgotten or trusted', () => {
  const memory = seeing(['one', [[0, 5]]], [null, [[0, 5]]], ['two', null], [null, null])
  expect(positionIds(memory)).toEqual([{ topic: 't', topicId: 'one' }])
})

test('a topic that was missing in between is still another one', () => {
  const before = { topicIds: [{ topic: 't', topicId: 'one' }], mirroredTo: reached([0, 5]) }
  const gone = identitiesAfter(before, [], reached([0, 5]))
  expect(
    identitiesAfter({ ...gone, mirroredTo: reached([0, 5]) }, topic('two'), reached([0, 5])).stalePositions,
  ).toHaveLength(1)
})

// A topic is recreated and mirrored at random: a position is trusted only when it was reached in the topic that is there.
const deed = fc.oneof(
  fc.constant({ kind: 'recreate' as const }),
  fc.record({ kind: fc.constant('mirror' as const), records: fc.integer({ min: 1, max: 4 }) }),
  fc.constant({ kind: 'begin-anew' as const }),
)

test('a trusted position was reached in the topic that is there', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 20 }), (deeds) => {
      let id = 0
      let position: { at: number; of: number } | undefined
      let memory = seeing(['0', []])
      for (const step of deeds) {
        if (step.kind === 'recreate') id += 1
        else if (step.kind === 'begin-anew') position = undefined
        // The link copies on from where it stands, in whatever topic there is; what it skipped there it never sees.
        else position = { at: (position?.at ?? -1) + step.records, of: position?.of ?? id }
        const offsets: [number, number][] = position === undefined ? [] : [[0, position.at]]
        const mirroredTo = reached(...offsets)
        memory = { ...identitiesAfter(memory, topic(String(id)), mirroredTo), mirroredTo }
        const trusted = positionIds(memory)[0]?.topicId === String(id)
        if (position !== undefined) expect(trusted).toBe(position.of === id)
      }
    }),
  )
})
