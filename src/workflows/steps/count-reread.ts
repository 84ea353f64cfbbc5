import type { DossierEntry } from '../../contract/dossier.ts'
import type { OffsetPlan } from '../../contract/offset-plan.ts'
import { factOf, lastMove } from '../../domain/dossier/dossier.ts'
import { judgeReread, rereadPlaces, rereadText } from '../../domain/positions/reread.ts'
import { failureText } from '../runbook/failure-text.ts'
import type { Run } from '../runbook/run.ts'

/**
 * The first contact with a side that was left in a forced move tells what its groups had read there: what they were declared
 * to read twice is set against it. A number for the report: nothing waits for it.
 */
export async function countReread(run: Run): Promise<DossierEntry[]> {
  const { source, target, naming } = run.plan
  const move = lastMove(run.dossier, target, source)
  const placed = move && factOf(run.dossier, move.operation, 'place-groups')
  if (!move?.reread || placed?.state !== 'done') return []
  const { plan } = (placed.fact as { result: { plan: OffsetPlan } }).result
  const groups = rereadPlaces(run.plan, move, plan)
  if (groups.length === 0) return []
  try {
    const counted = await run.activities.reads.countReread({
      from: target,
      to: source,
      naming,
      groups,
      mirroredTo: move.mirroredTo ?? [],
    })
    const places = new Map(counted.map((each) => [each.group, each.places]))
    const reread = move.reread.map((each) => {
      const found = places.get(each.group)
      return found === undefined
        ? each
        : judgeReread(
            each,
            found.map(([placed, unread]) => ({ placed, unread })),
          )
    })
    run.record.note(`read twice after the move from ${target}: ${reread.map(rereadText).join('; ')}`)
    return [{ type: 'move', move: { ...move, reread } }]
  } catch (error) {
    run.record.note(`what was read twice after the move from ${target} could not be counted: ${failureText(error)}`)
    return []
  }
}
