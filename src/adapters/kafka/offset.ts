import { rejected } from '../../ports/failures.ts'

/** Offsets are numbers in this product (docs/adr): one that a number cannot hold exactly is refused, never rounded. */
export function toOffset(offset: bigint, topic: string, partition: number): number {
  const value = Number(offset)
  if (Number.isSafeInteger(value)) return value
  throw rejected(
    `Partition ${partition} of ${topic} has offset ${offset}, beyond ${Number.MAX_SAFE_INTEGER}: Switchback cannot handle it exactly.`,
  )
}
