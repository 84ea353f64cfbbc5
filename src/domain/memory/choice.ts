import type { MemoryMark, MemorySide, MemorySummary, Recall, Survey } from '../../contract/memory.ts'
import type { Remembered } from './memory.ts'

/**
 * May the pair write over what a cluster remembers? Its own, and what a person adopted or put aside, and older ones of
 * those. Anything else is another Temporal's memory, and perhaps the only one that is right.
 */
export function mayWriteOver(found: Remembered, own: { lineage: string; over: readonly MemoryMark[] }): boolean {
  if (found.state === 'none') return true
  const mark = found.state === 'whole' ? found.summary : found.mark
  if (mark === null) return false
  if (mark.lineage === own.lineage) return true
  return own.over.some(({ lineage, revision }) => lineage === mark.lineage && mark.revision <= revision)
}

/** What to adopt, and what to say of it first: the highest revision of those that are whole; of equal ones the latest. */
export function recallOf(sides: MemorySide[], survey?: Survey): Recall {
  const whole = sides.flatMap(({ found }) => found ?? [])
  const best = whole.toSorted((a, b) => b.revision - a.revision || Date.parse(b.writtenAt) - Date.parse(a.writtenAt))[0]
  const disagreements = best === undefined ? [] : sides.flatMap((side) => disagreement(side, best))
  const active = survey && activeSide(survey)
  const silent = sides.flatMap(({ cluster, problem }) => (problem === undefined ? [] : [`${cluster}: ${problem}`]))
  const lines = [
    best === undefined
      ? 'No cluster remembers the pair.'
      : `The highest is revision ${best.revision}, ${summaryText(best)}${best.signed ? ', signed' : ''}; checksum ${best.checksum}.`,
    ...disagreements,
    ...silent,
    ...(survey ? surveyText(survey, active) : []),
  ]
  return {
    sides,
    best: best ?? null,
    disagreements,
    ...(survey ? { survey } : {}),
    ...(active === undefined ? {} : { active }),
    text: lines.join('\n'),
  }
}

/** "written at …: B active, A stands by, episode 2 failed-over" */
export function summaryText({ writtenAt, active, standby, episode, episodesClosed, run }: MemorySummary): string {
  const open = episode ? `episode ${episode.number} ${episode.stage}` : `no episode open, ${episodesClosed} closed`
  return `written at ${writtenAt}: ${active} active, ${standby} stands by, ${open}${run === null ? '' : `, run ${run}`}`
}

function disagreement({ cluster, found }: MemorySide, best: MemorySummary): string[] {
  if (found === null || found.checksum === best.checksum) return []
  if (found.lineage === best.lineage) {
    return found.revision === best.revision
      ? [`${cluster} disagrees: its revision ${found.revision} has other contents (${summaryText(found)}).`]
      : [`${cluster} is behind: revision ${found.revision}, ${summaryText(found)}.`]
  }
  return [`${cluster} disagrees: it remembers another history, revision ${found.revision}, ${summaryText(found)}.`]
}

/** The side whose topics grew; where nothing grew, the one written to last. Undefined: it cannot be told. */
function activeSide({ sides }: Survey): string | undefined {
  const growing = sides.filter(({ grown }) => grown > 0)
  if (growing.length > 0) return growing.length === 1 ? growing[0]?.cluster : undefined
  // A dark side may be the one that was written to last.
  if (sides.some(({ problem }) => problem !== undefined)) return undefined
  const [latest, other] = sides
    .filter(({ lastWriteAt }) => lastWriteAt !== null)
    .toSorted((a, b) => Date.parse(b.lastWriteAt ?? '') - Date.parse(a.lastWriteAt ?? ''))
  return latest?.lastWriteAt === other?.lastWriteAt ? undefined : latest?.cluster
}

function surveyText({ links, sides }: Survey, active: string | undefined): string[] {
  return [
    ...sides.map(({ cluster, grown, lastWriteAt, problem }) =>
      problem === undefined
        ? `${cluster}: ${grown} records came to the pair's topics while it was checked; last write of a producer with an id: ${lastWriteAt ?? 'none known'}.`
        : `${cluster} could not be checked: ${problem}`,
    ),
    ...links.map(
      ({ from, to, state, selection, problem }) =>
        `${from}->${to} is ${state}${selection === null ? '' : `, selecting ${selection}`}${problem === undefined ? '' : ` (${problem})`}.`,
    ),
    active === undefined
      ? 'This does not show which side the producers are on: say it.'
      : `The producers are on ${active}, by what was seen.`,
  ]
}
