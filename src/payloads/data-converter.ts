import type { DataConverter } from '@temporalio/common'
import { failureConverterPath, payloadConverterPath } from './converter-path.ts'
import { type Codecs, openCodecs } from './codecs.ts'

/** How workers, their clients and the workflow sandbox write and read values; without a codec when none is named. */
export async function openDataConverter(named?: string, keys?: string): Promise<DataConverter> {
  return dataConverterOf(await openCodecs(named, keys))
}

export function dataConverterOf({ codecs, configured }: Codecs): DataConverter {
  return { payloadConverterPath, payloadCodecs: codecs, ...(configured ? { failureConverterPath } : {}) }
}
