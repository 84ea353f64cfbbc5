import type { EventStreamsInstance, IbmCloudConfig } from '../../adapters/ibm/settings.ts'
import type { Naming } from '../../contract/plan.ts'

/** What a link is made of besides its entry. */
export interface Needs {
  naming: Naming
  account: IbmCloudConfig | undefined
  /** Of source and target. */
  instances: { from: EventStreamsInstance | undefined; to: EventStreamsInstance | undefined }
  /** Their whole entries: what is compared between them is read from their brokers. */
  clusters: (object | undefined)[]
}
