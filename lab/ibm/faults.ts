/** What may go wrong with a provider. A test sets what it is about; everything else goes well. */
export class Faults {
  /** Milliseconds an operation takes. */
  operationMs = 300
  /** Operations stay under way until it is resolved. */
  hold: Promise<void> | null = null
  /** So many looks after an order still show the operation before it. */
  staleReads = 1
  /** The next operation fails with this description; nothing changes. */
  failNext: string | null = null
  /** The next operation says that it succeeded, and nothing has changed. */
  lieNext = false
  /** So many updates are refused with this status. */
  refuseUpdates: { status: 409 | 422 | 423; times: number } | null = null
  /** So many requests to any of the interfaces are answered 429. */
  rateLimited = 0
  /** The admin REST interface answers 503. */
  adminDown = false
  /** Whoever stands in front of the admin REST interface answers 404 in its place, with this body. */
  adminLost: { json: unknown } | null = null
  /** Milliseconds until a changed selection shows in the active topics. */
  activeDelayMs = 0
  /** Somebody else's selection, written right after the next one that is sent. */
  overwriteNext: string[] | null = null
  /** `no-data`: the query is answered without a series. */
  monitoring: 'samples' | 'no-data' = 'samples'
  /** Seconds of latency and bytes a second to be sampled instead of the real ones. */
  latency: number | null = null
  throughput: number | null = null
  /** Seconds a token is good for. */
  tokenSeconds = 3600
  /** The next order to the resource controller is carried out, and its answer lost. */
  loseUpdateAnswer = false
  /** The next case is created, and the answer lost. */
  loseCaseAnswer = false
  /** Cases do not show in a search for so many searches. */
  searchLag = 0
}
