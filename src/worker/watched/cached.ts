export interface Freshness {
  /** A value younger than this is given again, ms. */
  freshMs: number
  /** For so long a caller waits for a newer value, ms; then it gets the last one. */
  patienceMs: number
  /** Milliseconds that only grow. */
  now: () => number
}

/**
 * What `look` found last, looked for at most once in `freshMs` and never twice at a time, however many ask.
 * Undefined: there is no value yet. `look` must not fail.
 */
export function cached<T>(look: () => Promise<T>, freshness: Freshness): () => Promise<T | undefined> {
  const { freshMs, patienceMs, now } = freshness
  let last: { value: T; at: number } | undefined
  let underWay: Promise<void> | undefined
  return async () => {
    if (last !== undefined && now() - last.at < freshMs) return last.value
    underWay ??= look()
      .then((value) => {
        last = { value, at: now() }
      })
      .finally(() => {
        underWay = undefined
      })
    await within(underWay, patienceMs)
    return last?.value
  }
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  try {
    await Promise.race([work, patience])
  } finally {
    clearTimeout(timer)
  }
}
