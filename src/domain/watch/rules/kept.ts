import type { KeptKind, KeptThing } from '../../../contract/watch.ts'
import { thingText } from '../../keep/things.ts'
import type { WatchRule } from '../look.ts'

const todo: Record<KeptKind, string> = {
  'fence-changed':
    'Find who owns the ACLs there (a user operator, GitOps) and have the DENY entries added to it, or the applications may write on both sides.',
  'selection-changed':
    'Find who sets the selection of the connector, and have them leave these topics out until the failback.',
  'link-restarted': 'Find who starts the connector, and have it left stopped until the failback.',
  'left-side-written':
    'Find the producer that still writes there and stop it. What it wrote is on that side only: the next reset counts it as stranded.',
}

/** What a run has set and somebody changed since: found by checks of their own, which put it back where they may. */
export function kept(kind: KeptKind): WatchRule {
  return (_look, { kept: things = [] }) => {
    const thing = things.find((one) => one.kind === kind)
    if (thing === undefined || isFirstSight(thing)) return null
    return { severity: 'warning', text: thingText(thing), todo: todo[kind] }
  }
}

/** A run that steps back lifts what it has set a moment before it has recorded so. What was written stays written. */
function isFirstSight({ kind, checks, times, restored }: KeptThing): boolean {
  return kind !== 'left-side-written' && checks === 1 && times === 1 && restored.length === 0
}
