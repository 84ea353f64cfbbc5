import type { Dossier } from '../../contract/dossier.ts'
import { type WatchCode, type WatchFinding } from '../../contract/watch.ts'

/** In what a pair is, as far as it decides which advice does harm. */
export const conditions = ['at-rest', 'moving', 'failed-over', 'reset', 'in-doubt'] as const
export type Condition = (typeof conditions)[number]

export function conditionOf({ episode }: Pick<Dossier, 'episode'>): Condition {
  if (episode === null) return 'at-rest'
  if (episode.inDoubt !== null) return 'in-doubt'
  switch (episode.stage) {
    case 'closed':
    case 'handed-over':
      return 'at-rest'
    case 'failed-over':
    case 'reset':
      return episode.stage
    default:
      return 'moving'
  }
}

/**
 * Where the advice of a finding holds beside a pair at rest. It was written for a pair at rest: in the middle of an episode the
 * link, the selection, positions and groups are as the run has set them, and undoing that loses or repeats records.
 */
const holds: Record<WatchCode, readonly Exclude<Condition, 'at-rest'>[]> = {
  // Resumed in the middle of a move it would mirror what was taken out of it; after a reset the link is to run.
  'link-state': ['reset'],
  stall: ['reset'],
  'running-without-progress': ['reset'],
  // To keep records longer harms nothing, ever.
  'retention-overtakes': ['moving', 'failed-over', 'reset', 'in-doubt'],
  'lag-growth': ['reset'],
  // Who reads on which side is the run's to say while it moves them.
  'target-group-active': ['reset'],
  'settings-drift': ['reset'],
  'missing-partitions': ['reset'],
  // Of the topics that moved, on the link back.
  'topic-unselected': ['reset'],
  // Positions of the link back begin where the records of the episode begin: deleted they mirror again what was settled.
  'copy-changed': [],
  'source-changed': [],
  'copy-differs': [],
  // They are about what the episode has set, and their advice is to leave it so.
  'fence-changed': ['moving', 'failed-over', 'reset', 'in-doubt'],
  'selection-changed': ['moving', 'failed-over', 'reset', 'in-doubt'],
  'link-restarted': ['moving', 'failed-over', 'reset', 'in-doubt'],
  'left-side-written': ['moving', 'failed-over', 'reset', 'in-doubt'],
  'groups-untranslated': ['reset'],
}

const instead: Record<Exclude<Condition, 'at-rest'>, string> = {
  moving: 'A run is changing this pair: change nothing manually. The run says what it needs.',
  'failed-over': 'The episode is open: change nothing manually before the reset. A dry run of it says what it needs.',
  reset:
    'The episode is open: leave the positions of the link as they are. A dry run of the failback says what it needs.',
  'in-doubt': 'The episode is in doubt: change nothing manually before it is adopted or handed over.',
}

/** What a person is to do about a finding, in the pair's present condition. */
export function adviceOn({ code, todo }: Pick<WatchFinding, 'code' | 'todo'>, condition: Condition): string {
  return condition === 'at-rest' || holds[code].includes(condition) ? todo : instead[condition]
}

export function advised(findings: readonly WatchFinding[], dossier: Pick<Dossier, 'episode'>): WatchFinding[] {
  const condition = conditionOf(dossier)
  return findings.map((finding) => ({ ...finding, todo: adviceOn(finding, condition) }))
}
