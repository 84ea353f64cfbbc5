import {
  type WatchCode,
  type WatchFinding,
  type WatchMemory,
  type WatchSign,
  keptKinds,
  watchCodes,
} from '../../contract/watch.ts'
import { type Patience, followed } from './hysteresis.ts'
import type { WatchLook, WatchRule } from './look.ts'
import { activeGroups } from './rules/active-groups.ts'
import { copyChanged } from './rules/copy-changed.ts'
import { copyDiffers } from './rules/copy-differs.ts'
import { kept } from './rules/kept.ts'
import { lagGrowth } from './rules/lag-growth.ts'
import { linkState } from './rules/link-state.ts'
import { missingPartitions } from './rules/missing-partitions.ts'
import { retentionOvertakes } from './rules/retention-overtakes.ts'
import { runningWithoutProgress } from './rules/running-without-progress.ts'
import { settingsDrift } from './rules/settings-drift.ts'
import { sourceChanged } from './rules/source-changed.ts'
import { stall } from './rules/stall.ts'
import { unselectedTopics } from './rules/unselected-topics.ts'
import { untranslatedGroups } from './rules/untranslated-groups.ts'

const rules: Record<WatchCode, WatchRule> = {
  'link-state': linkState,
  stall,
  'running-without-progress': runningWithoutProgress,
  'retention-overtakes': retentionOvertakes,
  'lag-growth': lagGrowth,
  'target-group-active': activeGroups,
  'settings-drift': settingsDrift,
  'missing-partitions': missingPartitions,
  'topic-unselected': unselectedTopics,
  'copy-changed': copyChanged,
  'source-changed': sourceChanged,
  'copy-differs': copyDiffers,
  'fence-changed': kept('fence-changed'),
  'selection-changed': kept('selection-changed'),
  'link-restarted': kept('link-restarted'),
  'left-side-written': kept('left-side-written'),
  'groups-untranslated': untranslatedGroups,
}

/** What a run changes on purpose: while one holds the pair, nothing of it is found anew. */
export const structural: ReadonlySet<WatchCode> = new Set<WatchCode>([
  'link-state',
  'target-group-active',
  'settings-drift',
  'missing-partitions',
  'topic-unselected',
  'fence-changed',
  'selection-changed',
  'link-restarted',
  'groups-untranslated',
])

/** While nothing protects the pair only what its runs have set is judged. */
export function judgeKept(look: WatchLook, memory: WatchMemory): WatchFinding[] {
  const signs = new Map(
    keptKinds.map((code): [WatchCode, WatchSign | null] => {
      const found = rules[code](look, memory)
      return [code, found ? { code, ...found } : null]
    }),
  )
  // The checks behind it have a patience of their own.
  return followed(memory.findings, signs, look.at, { raise: 0, clear: 0 })
}

/** `memory` has the tracks after this look. */
export function judge(look: WatchLook, memory: WatchMemory, patience: Patience): WatchFinding[] {
  const signs = new Map(
    watchCodes.map((code): [WatchCode, WatchSign | null | undefined] => {
      const found = rules[code](look, memory)
      return [code, found ? { code, ...found } : found]
    }),
  )
  return followed(memory.findings, signs, look.at, patience)
}
