import type { WatchRule } from '../look.ts'
import { allStands, described, stalled } from './stall.ts'

/** MirrorMaker's tasks stay RUNNING while they cannot reach the source, or are refused by it. Only moving offsets show it. */
export const runningWithoutProgress: WatchRule = (look, memory) => {
  if (look.ends === null || look.mirroredTo === null || look.link === null) return undefined
  if (!allStands(look, memory)) return null
  return {
    severity: 'blocking',
    text: `The link ${look.from}->${look.to} says RUNNING and mirrors nothing: ${described(stalled(look, memory), look)}.`,
    todo: `See whether the Connect worker reaches ${look.from} and may read there (its log), then restart the connector and its tasks.`,
  }
}
