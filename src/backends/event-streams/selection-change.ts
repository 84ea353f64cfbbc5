import { matchesSelection, SelectionError } from '../../domain/names/selection.ts'
import { precondition } from '../../ports/failures.ts'
import type { EventStreamsLink } from './link.ts'
import { includesOf, textOf } from './selection.ts'

/**
 * Replaces the selection. The interface knows no condition, the last writer wins: so it is looked at before and after,
 * and what somebody else wrote meanwhile is told. Topics follow within some twenty minutes: `describe` tells which.
 */
export async function changeSelection(
  es: EventStreamsLink,
  text: string,
  expected: string | null,
  signal?: AbortSignal,
): Promise<void> {
  refuseUnjudgeable(es, text)
  const live = await read(es, signal)
  if (live !== text) {
    if (live !== expected)
      throw precondition(
        `${es.label}: somebody changed the selection on ${es.link.to}. Expected "${expected ?? '(none)'}", found "${live}". Nothing was changed: find out who did it, then retry`,
      )
    await es.admin.replaceSelection(includesOf(text, es.link), signal)
  }
  const after = await read(es, signal)
  if (after !== text)
    throw precondition(
      `${es.label}: the selection on ${es.link.to} is not the one that was written: somebody else changes it at the same time. Written "${text}", found "${after}". Agree who does it, then retry`,
    )
}

async function read(es: EventStreamsLink, signal: AbortSignal | undefined): Promise<string> {
  const includes = await es.admin.selection(signal)
  if (includes !== null) return textOf(includes, es.link)
  throw precondition(
    `${es.label}: ${es.link.to} answers that it is no mirroring target, so nothing can be selected. Enable the link first`,
  )
}

/** A comma separates patterns there as here, even inside braces. */
function refuseUnjudgeable({ label }: EventStreamsLink, text: string): void {
  try {
    matchesSelection(text, '')
  } catch (error) {
    if (error instanceof SelectionError) throw precondition(`${label}: the selection stays as it is. ${error.message}`)
    throw error
  }
}
