import type { Position } from './position.ts'

/**
 * Where a group continues in the copy of the source's topic, [start, end). Offsets of the copy cannot be computed from
 * those of the source (markers, batches), only translated by the link, always backwards.
 */
export function remotePosition(x: {
  start: number
  end: number
  translated: number | undefined
  drained: boolean
}): Position {
  // Everything of the source is read, so the end is right even behind trailing markers, which nobody commits past.
  if (x.drained) return { chosen: x.end, duplicates: 0, why: 'end after a planned drain', basis: 'done' }
  const all = { chosen: x.start, duplicates: x.end - x.start }
  if (x.translated === undefined) return { ...all, why: 'start: no translation', basis: 'untold' }
  if (x.translated > x.end) {
    // Offsets of a copy that is gone say nothing about this one: all of it may be unread.
    return {
      ...all,
      why: `start: translated to ${x.translated}, beyond the end ${x.end}; the copy was recreated`,
      basis: 'anew',
    }
  }
  if (x.translated < x.start) {
    return {
      ...all,
      why: 'start: the translation lies before it',
      basis: 'lost',
      obstacle: `translated to ${x.translated}, but the copy starts at ${x.start}: up to ${x.start - x.translated} records the group may not have read have expired.`,
    }
  }
  return {
    chosen: x.translated,
    duplicates: x.end - x.translated,
    why: 'translated by the link',
    basis: 'reached',
  }
}
