import type { WatchRule } from '../look.ts'
import { missingText, missingTodo } from '../missing-text.ts'

/** A source that is truncated, or another log under the same name: what it holds before the position is never mirrored. */
export const sourceChanged: WatchRule = (look) => {
  if (look.ends === null || look.mirroredTo === null) return undefined
  const found = look.missing.filter(({ why }) => why.startsWith('source-'))
  if (found.length === 0) return null
  return {
    severity: 'blocking',
    text: missingText(found, look),
    todo: missingTodo(found, { ...look, kept: look.byCopies === true }),
  }
}
