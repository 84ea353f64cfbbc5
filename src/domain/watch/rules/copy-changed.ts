import type { WatchRule } from '../look.ts'
import { missingText, missingTodo } from '../missing-text.ts'

/** A copy that is gone, another one, or holds less than the position says: what it lacks is not mirrored again. */
export const copyChanged: WatchRule = (look) => {
  if (look.ends === null || look.mirroredTo === null) return undefined
  const found = look.missing.filter(({ why }) => why.startsWith('copy-'))
  if (found.length === 0) return null
  return {
    severity: 'blocking',
    text: missingText(found, look),
    todo: missingTodo(found, { ...look, kept: look.byCopies === true }),
  }
}
