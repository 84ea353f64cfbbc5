import { nextToMirror } from '../../certificate/mirrored-to.ts'
import { type WatchLook, type WatchRule, secondsOf, some } from '../look.ts'
import { behindEmpty } from '../rests.ts'
import { type Standing, standing } from '../tracks.ts'

/** Partitions with something to mirror whose position has not moved for the window, those that stand longest first. */
export function stalled(look: WatchLook, memory: Parameters<WatchRule>[1]): Standing[] {
  const now = secondsOf(look.at)
  return standing(memory, look)
    .filter((one) => waits(one) && now - one.track[2] >= look.windows.stall)
    .sort((a, b) => a.track[2] - b.track[2] || b.lag - a.lag)
}

/** Has it something to mirror that no open transaction holds back? */
function waits({ lag, mirroredTo, start, stable, rest }: Standing): boolean {
  return lag > 0 && behindEmpty(nextToMirror(mirroredTo === -1 ? undefined : mirroredTo, start), rest) < stable
}

/** Is everything that has something to mirror standing, on a link that says it runs? Then the link itself is the matter. */
export function allStands(look: WatchLook, memory: Parameters<WatchRule>[1]): boolean {
  const waiting = standing(memory, look).filter(waits)
  return look.link?.state === 'running' && waiting.length > 0 && stalled(look, memory).length === waiting.length
}

/** Mirroring of some partitions, or of a link that does not run, stands still while records wait. */
export const stall: WatchRule = (look, memory) => {
  if (look.ends === null || look.mirroredTo === null || look.link === null) return undefined
  const found = stalled(look, memory)
  if (found.length === 0 || allStands(look, memory)) return null
  return {
    severity: 'blocking',
    text: `Mirroring ${look.from}->${look.to} does not advance: ${described(found, look)}. The link is ${look.link.state}.`,
    todo: "Resume the connector if it is paused or stopped; else check its tasks' log for these partitions.",
  }
}

export function described(found: readonly Standing[], look: WatchLook): string {
  const now = secondsOf(look.at)
  const records = found.reduce((sum, { lag }) => sum + lag, 0)
  const names = found.map(
    ({ topic, partition, lag, mirroredTo, track }) =>
      `${topic}-${partition} (${lag} behind, ${mirroredTo === -1 ? 'never mirrored' : `mirrored to ${mirroredTo}`}, for ${now - track[2]} s)`,
  )
  return `${found.length} partition${found.length === 1 ? '' : 's'}, ${records} offsets behind: ${some(names)}`
}
