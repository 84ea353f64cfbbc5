/** What keeps consumers behind on one way there and back, and so what their order has to survive. */
export type TripKind =
  /** Behind in the segment that is left: the drain is given up for it there, and waited for on the way back. */
  | 'behind'
  /** There, the drain waits; back, the cluster is lost with a backlog, and a consumer had not read what came. */
  | 'lost-there'
  /** A consumer that cannot be started there, and leaves both sides with records to read. */
  | 'behind-twice'

const kinds = ['behind', 'lost-there', 'behind-twice'] as const

/** What was lost on B is read on the next way there, so that the last trip loses nothing. */
export function tripsOf(count: number): TripKind[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length] ?? 'behind'
    return kind === 'lost-there' && index === count - 1 ? 'behind' : kind
  })
}
