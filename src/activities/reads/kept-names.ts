import type { OperationName } from '../../contract/names.ts'
import type { Naming } from '../../contract/plan.ts'
import { keepsNames } from '../../domain/names/naming.ts'
import { precondition } from '../../ports/failures.ts'
import { linkName } from '../configured.ts'
import type { Sides } from './sides.ts'

/**
 * Where copies keep their names, what a topic holds on the active side came from the other one up to the cut. A link back
 * begins at the start of the topic, so it would append all of that to the topic it came from, and nothing keeps it from
 * doing so: a provider lets nobody move a position. PreconditionFailed for a reset and a failback, with what to do instead.
 */
export function refuseKeptNames(operation: OperationName, { source, target, nextLink }: Sides, naming: Naming): void {
  if (operation === 'failover' || !nextLink || !keepsNames(naming, nextLink.from)) return
  const way = linkName(nextLink)
  throw precondition(
    `${operation} cannot be done where copies keep their names: ${way} would begin at the start of each topic and append to it what came from there, before what is new. ` +
      `Manually: save what ${target} has beyond the copies, see that ${target}->${source} is disabled, delete the topics on ${target} and create them empty, enable ${way} and select them. ` +
      `Then close the episode (switchback hand-over, or the update handOver on the pair): ${source} stays the active side, and the next failover leads to ${target}`,
  )
}
