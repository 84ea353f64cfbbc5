/** What Temporal can start, by name. */
export { compare } from './compare.ts'
export { failback } from './failback.ts'
export { failover } from './failover.ts'
export { pair } from './pair.ts'
export { reset } from './reset.ts'
