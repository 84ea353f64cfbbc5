import { selectionMatcher, SelectionError } from '../../../src/domain/names/selection.ts'
import { precondition } from '../../../src/ports/failures.ts'

/** A selection that nobody here can judge is not written. */
export function judgedSelection(link: string, text: string): (topic: string) => boolean {
  try {
    return selectionMatcher(text)
  } catch (error) {
    if (!(error instanceof SelectionError)) throw error
    throw precondition(`${link}: the selection stays as it is. ${error.message}`)
  }
}
