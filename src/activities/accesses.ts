import type { AccessCheck, ClusterLooks } from '../ports/cluster.ts'
import { eachOf } from '../domain/text/each-of.ts'

export type AccessAnswer = Awaited<ReturnType<ClusterLooks['access']>>

/**
 * Many checks, in their order: whoever has credentials is asked as, at most `atOnce` at a time, since each may open a connection;
 * the others are derived from ACLs that are read once. `settle`: what becomes of each look, also of one that fails.
 */
export async function accessesOf<T>(
  cluster: ClusterLooks,
  checks: readonly AccessCheck[],
  { settle, atOnce }: { settle: (look: () => Promise<AccessAnswer>) => Promise<T>; atOnce: number },
  signal: AbortSignal,
): Promise<{ check: AccessCheck; answer: T }[]> {
  if (checks.length === 0) return []
  // A failure is that of each check, also of those that are asked: it is the same cluster.
  const byAcls = await cluster.accessByAcls([...checks], signal).then(
    (answers) => (index: number) => answers[index] ?? null,
    (failure: unknown) => (): null => {
      throw failure
    },
  )
  return eachOf([...checks.entries()], atOnce, async ([index, check]) => {
    const { principal, operation, of, names } = check
    const look = async () =>
      byAcls(index) ??
      (of === 'topic'
        ? cluster.access(principal, operation, names, signal)
        : cluster.groupAccess(principal, names, signal))
    return { check, answer: await settle(look) }
  })
}

/** As it is answered; the first failure fails it all. */
export function asAnswered<T>(look: () => Promise<T>): Promise<T> {
  return look()
}
