import { z } from 'zod'
import type { AddedKey } from '../../config/added-keys.ts'
import { addressFaults } from '../../config/address-checks.ts'
import { httpUrl } from '../../config/parts.ts'
import type { Fault, Path } from '../../config/place.ts'
import { secretRef } from '../../config/secret.ts'

/** What the file has for IBM Cloud: an account, and what of its instances a cluster is. No SDK is loaded by it. */

const ibmCloud = z.strictObject({
  apiKey: secretRef.describe('API key of a service id, by reference; its roles: docs/backends/event-streams.md'),
  iamUrl: httpUrl.default('https://iam.cloud.ibm.com').describe('tokens and authorization policies'),
  resourceControllerUrl: httpUrl
    .default('https://resource-controller.cloud.ibm.com')
    .describe('enables and disables mirroring'),
  caseManagementUrl: httpUrl
    .default('https://support-center.cloud.ibm.com/case-management/v1')
    .describe('support cases'),
  timeoutMs: z.number().int().min(500).max(120_000).default(20_000).describe('one request, ms'),
})

const crn = /^crn:v1:[^:]+:[^:]+:messagehub:[a-z0-9-]+:a\/[^:/]+:[^:]+::$/

const eventStreams = z.strictObject({
  crn: z
    .string()
    .regex(crn, 'write it as crn:v1:bluemix:public:messagehub:<region>:a/<account>:<instance>::')
    .describe('CRN of the instance: `ibmcloud resource service-instance NAME --id`'),
  adminUrl: httpUrl.describe('admin REST address: `kafka_admin_url` of a service key; public or private endpoint'),
  monitoringUrl: httpUrl
    .optional()
    .describe("IBM Cloud Monitoring; default: https://REGION.monitoring.cloud.ibm.com of the CRN's region"),
  monitoringInstance: z
    .string()
    .min(1)
    .optional()
    .describe('GUID of the monitoring instance that receives the platform metrics of that region'),
})

export type IbmCloudConfig = z.infer<typeof ibmCloud>
export type EventStreamsInstance = z.infer<typeof eventStreams>

/** At the top of the file. */
export const accountKey = {
  ibmCloud: {
    schema: ibmCloud,
    faults: (value, path) => addresses(value, path, ['iamUrl', 'resourceControllerUrl', 'caseManagementUrl']),
  },
} as const satisfies Record<string, AddedKey>

/** At a cluster. */
export const instanceKey = {
  eventStreams: {
    schema: eventStreams.describe('it is an IBM Event Streams instance: access is managed by IAM there, not by ACLs'),
    faults: (value, path) => addresses(value, path, ['adminUrl', 'monitoringUrl']),
    managesAccess: true,
  },
} as const satisfies Record<string, AddedKey>

/** The account in a file that was read; undefined: there is none. */
export function accountOf(file: object): IbmCloudConfig | undefined {
  return (file as { ibmCloud?: IbmCloudConfig }).ibmCloud
}

/** The instance that a cluster is, by its entry. */
export function instanceOf(cluster: object | undefined): EventStreamsInstance | undefined {
  return cluster === undefined ? undefined : (Reflect.get(cluster, 'eventStreams') as EventStreamsInstance | undefined)
}

export function needsAccount(what: string): string {
  return `${what} needs ibmCloud with an apiKey by reference: add it at the top of the file`
}

function addresses(entry: unknown, path: Path, names: string[]): Fault[] {
  if (typeof entry !== 'object' || entry === null) return []
  return names.flatMap((name) => {
    const url: unknown = Reflect.get(entry, name)
    return typeof url === 'string' ? addressFaults(url, [...path, name]) : []
  })
}
