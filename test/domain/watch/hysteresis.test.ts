import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { WatchCode, WatchFinding, WatchSign } from '../../../src/contract/watch.ts'
import { followed, raised } from '../../../src/domain/watch/hysteresis.ts'
import { at } from '../builders.ts'

const patience = { raise: 10_000, clear: 30_000 }
const sign: WatchSign = { code: 'stall', severity: 'blocking', text: 'it stands', todo: 'resume it' }
type Seen = boolean | 'unknown'

const look = (before: WatchFinding[], seen: Seen, second: number) =>
  followed(
    before,
    new Map<WatchCode, WatchSign | null | undefined>([['stall', seen === 'unknown' ? undefined : seen ? sign : null]]),
    at(second),
    patience,
  )

test('a sign is raised once it was seen for long enough, and keeps since when', () => {
  let findings = look([], true, 0)
  expect(raised(findings)).toEqual([])
  findings = look(findings, true, 9)
  expect(raised(findings)).toEqual([])
  findings = look(findings, true, 10)
  expect(raised(findings)).toEqual([{ ...sign, since: at(0), lastSeen: at(10), raisedAt: at(10) }])
})

test('a finding is cleared once it was gone for long enough', () => {
  const findings = [0, 10].reduce((before, second) => look(before, true, second), [] as WatchFinding[])
  expect(raised(look(findings, false, 39))).toHaveLength(1)
  expect(look(findings, false, 40)).toEqual([])
  expect(look(look(findings, 'unknown', 400), 'unknown', 800)).toEqual(findings)
})

test('against a model: raised after an unbroken sight, cleared after an unbroken absence, never by what a look does not tell', () => {
  const looks = fc.array(fc.tuple(fc.integer({ min: 1, max: 15 }), fc.constantFrom<Seen>(true, false, 'unknown')), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(looks, (steps) => {
      let now = 0
      let findings: WatchFinding[] = []
      let sightSince: number | null = null
      let lastSight = 0
      let isRaised = false
      for (const [gap, seen] of steps) {
        now += gap
        findings = look(findings, seen, now)
        if (seen === true) {
          sightSince ??= now
          lastSight = now
          if (now - sightSince >= 10) isRaised = true
        } else if (seen === false) {
          if (isRaised && now - lastSight >= 30) isRaised = false
          if (!isRaised) sightSince = null
        }
        expect(raised(findings).length === 1).toBe(isRaised)
      }
    }),
  )
})
