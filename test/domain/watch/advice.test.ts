import { expect, test } from 'vitest'
import { watchCodes, type WatchCode } from '../../../src/contract/watch.ts'
import type { Episode, EpisodeStage } from '../../../src/contract/dossier.ts'
import { adviceOn, type Condition, conditionOf, conditions } from '../../../src/domain/watch/advice.ts'
import { aDossier, at } from '../builders.ts'

/** Every finding in every condition of a pair: `todo` is the advice for a pair at rest, `wait` none that changes anything. */
const table: Record<WatchCode, Record<Condition, 'todo' | 'wait'>> = {
  'link-state': { 'at-rest': 'todo', moving: 'wait', 'failed-over': 'wait', reset: 'todo', 'in-doubt': 'wait' },
  stall: { 'at-rest': 'todo', moving: 'wait', 'failed-over': 'wait', reset: 'todo', 'in-doubt': 'wait' },
  'running-without-progress': {
    'at-rest': 'todo',
    moving: 'wait',
    'failed-over': 'wait',
    reset: 'todo',
    'in-doubt': 'wait',
  },
  'retention-overtakes': {
    'at-rest': 'todo',
    moving: 'todo',
    'failed-over': 'todo',
    reset: 'todo',
    'in-doubt': 'todo',
  },
  'lag-growth': { 'at-rest': 'todo', moving: 'wait', 'failed-over': 'wait', reset: 'todo', 'in-doubt': 'wait' },
  'target-group-active': {
    'at-rest': 'todo',
    moving: 'wait',
    'failed-over': 'wait',
    reset: 'todo',
    'in-doubt': 'wait',
  },
  'groups-untranslated': {
    'at-rest': 'todo',
    moving: 'wait',
    'failed-over': 'wait',
    reset: 'todo',
    'in-doubt': 'wait',
  },
  'settings-drift': { 'at-rest': 'todo', moving: 'wait', 'failed-over': 'wait', reset: 'todo', 'in-doubt': 'wait' },
  'missing-partitions': { 'at-rest': 'todo', moving: 'wait', 'failed-over': 'wait', reset: 'todo', 'in-doubt': 'wait' },
  'topic-unselected': { 'at-rest': 'todo', moving: 'wait', 'failed-over': 'wait', reset: 'todo', 'in-doubt': 'wait' },
  'copy-changed': { 'at-rest': 'todo', moving: 'wait', 'failed-over': 'wait', reset: 'wait', 'in-doubt': 'wait' },
  'source-changed': { 'at-rest': 'todo', moving: 'wait', 'failed-over': 'wait', reset: 'wait', 'in-doubt': 'wait' },
  'copy-differs': { 'at-rest': 'todo', moving: 'wait', 'failed-over': 'wait', reset: 'wait', 'in-doubt': 'wait' },
  'fence-changed': { 'at-rest': 'todo', moving: 'todo', 'failed-over': 'todo', reset: 'todo', 'in-doubt': 'todo' },
  'selection-changed': { 'at-rest': 'todo', moving: 'todo', 'failed-over': 'todo', reset: 'todo', 'in-doubt': 'todo' },
  'link-restarted': { 'at-rest': 'todo', moving: 'todo', 'failed-over': 'todo', reset: 'todo', 'in-doubt': 'todo' },
  'left-side-written': { 'at-rest': 'todo', moving: 'todo', 'failed-over': 'todo', reset: 'todo', 'in-doubt': 'todo' },
}

const cells = watchCodes.flatMap((code) => conditions.map((condition) => [code, condition] as const))

test.each(cells)('%s, %s: advice that would harm an open episode is not given', (code, condition) => {
  const todo = 'Do this.'
  const said = adviceOn({ code, todo }, condition)
  expect(said === todo ? 'todo' : 'wait').toBe(table[code][condition])
  expect(said).not.toBe('')
  if (said !== todo) expect(said).not.toMatch(/connector|consumers|selection|stop|add|run reset/i)
})

const staged = (stage: EpisodeStage, inDoubt: Episode['inDoubt'] = null) => {
  const dossier = aDossier()
  return { episode: dossier.episode && { ...dossier.episode, stage, inDoubt } }
}
const doubt = { since: at(1), operation: 'failover' as const, workflowId: 'w', why: 'terminated' }

test.each<[EpisodeStage, Condition]>([
  ['failing-over', 'moving'],
  ['failed-over', 'failed-over'],
  ['resetting', 'moving'],
  ['reset', 'reset'],
  ['failing-back', 'moving'],
  ['closed', 'at-rest'],
  ['handed-over', 'at-rest'],
])('an episode that is %s is %s, and in doubt whatever it was when its run ended', (stage, condition) => {
  expect(conditionOf(staged(stage))).toBe(condition)
  expect(conditionOf(staged(stage, doubt))).toBe('in-doubt')
})

test('without an episode the pair is at rest', () => {
  expect(conditionOf({ episode: null })).toBe('at-rest')
})
