import type { KeptKind } from '../../../contract/watch.ts'
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
    if (thing === undefined) return null
    return { severity: 'warning', text: thingText(thing), todo: todo[kind] }
  }
}
