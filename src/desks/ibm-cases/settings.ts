import { z } from 'zod'
import type { EventStreamsInstance, IbmCloudConfig } from '../../adapters/ibm/settings.ts'

export const ibmCasesDesk = z.strictObject({
  adapter: z.literal('ibm-cases').describe('support cases of IBM Cloud; needs `ibmCloud`'),
  severity: z.number().int().min(1).max(4).default(2).describe('1 critical to 4 minimal; Basic support knows 4 only'),
})

export type IbmCasesConfig = z.infer<typeof ibmCasesDesk>

/** What it is made of besides its entry. */
export interface Needs {
  account: IbmCloudConfig | undefined
  topics: string[]
  /** By alias; undefined: it is none. */
  instances: Readonly<Record<string, EventStreamsInstance | undefined>>
}
