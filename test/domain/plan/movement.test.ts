import { array, assert, integer, nat, option, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import { Movement, stillText } from '../../../src/domain/plan/movement.ts'

const outstanding = (marks: Record<string, number>) => new Map(Object.entries(marks))

test('a part that has not moved for the patience is named, however fast another one moves', () => {
  const movement = new Movement(30_000)
  movement.take(0, outstanding({ billing: 1, audit: 1 }))
  movement.take(20_000, outstanding({ billing: 1, audit: 900 }))
  const pace = movement.take(30_000, outstanding({ billing: 1, audit: 1_800 }))
  expect(pace).toEqual({ still: ['billing'], stillMs: 30_000, moved: true, allMoved: false })
  expect(stillText(pace)).toContain('No progress for 30 s: billing.')
})

test('what has arrived has moved, and a part that comes later counts from then on', () => {
  const movement = new Movement(30_000)
  movement.take(0, outstanding({ billing: 1 }))
  expect(movement.take(40_000, outstanding({ audit: 1 }))).toMatchObject({ still: [], moved: true, allMoved: false })
  expect(movement.take(70_000, outstanding({ audit: 1 }))).toMatchObject({ still: ['audit'], stillMs: 30_000 })
  expect(movement.take(70_001, outstanding({ audit: 2 }))).toMatchObject({ still: [], allMoved: true })
})

test('nobody is told anything of a wait that was not looked at', () => {
  expect(stillText(undefined)).toBe('')
})

test('over any looks, a part is still exactly when its mark was the same at every look of the patience', () => {
  const looks = array(record({ after: integer({ min: 1, max: 40 }), a: option(nat(2)), b: option(nat(2)) }), {
    minLength: 1,
    maxLength: 30,
  })
  assert(
    property(looks, (steps) => {
      const movement = new Movement(100)
      let at = 0
      const seen: { at: number; marks: Map<string, number> }[] = []
      for (const { after, a, b } of steps) {
        at += after
        const marks = new Map([...(a === null ? [] : [['a', a] as const]), ...(b === null ? [] : [['b', b] as const])])
        seen.push({ at, marks })
        const { still, moved } = movement.take(at, marks)
        const expected = [...marks].flatMap(([name, mark]) => {
          const other = seen.findLast((look) => look.marks.get(name) !== mark)
          const since = seen.find((look) => look.at > (other?.at ?? -1))
          return at - (since?.at ?? at) >= 100 ? [name] : []
        })
        expect(still.toSorted()).toEqual(expected.toSorted())
        const changed = seen.some((look, index) => {
          const before = seen[index - 1]
          return before !== undefined && [...before.marks].some(([name, mark]) => look.marks.get(name) !== mark)
        })
        expect(moved).toBe(changed)
      }
    }),
  )
})
