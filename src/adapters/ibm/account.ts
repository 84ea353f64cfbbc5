import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type CaseManagementV1 from '@ibm-cloud/platform-services/case-management/v1.js'
import type IamPolicyManagementV1 from '@ibm-cloud/platform-services/iam-policy-management/v1.js'
import type ResourceControllerV2 from '@ibm-cloud/platform-services/resource-controller/v2.js'
import type { IbmCloudConfig } from './settings.ts'
import { readSecret } from '../../config/secret.ts'
import { configurationFault } from '../../ports/failures.ts'
import { abortable } from '../kafka/net/abort.ts'
import { failureOf, statusOf } from './failures.ts'

/** The account of IBM Cloud, as the service id of the API key sees it. */
export interface IbmAccount {
  resources: ResourceControllerV2
  policies: IamPolicyManagementV1
  cases: CaseManagementV1
  /** A token for the services that the SDK does not speak to. */
  token(signal?: AbortSignal): Promise<string>
}

/** Runs `act` with the account, and once more with a new token when the old one is refused. Failures are for a person. */
export type WithAccount = <T>(
  what: string,
  signal: AbortSignal | undefined,
  act: (account: IbmAccount) => Promise<T>,
) => Promise<T>

const UNAUTHORIZED = 401
/** Bytes: all policies of an account. The SDK parses what comes, whatever it is. */
const largestAnswer = 1024 * 1024

/**
 * Tokens are kept and renewed by the SDK before they expire. One that is refused all the same (revoked, a clock that
 * went wrong, a machine that slept) is thrown away; so is one of a key that has been rotated meanwhile.
 */
export function ibmAccount(config: IbmCloudConfig): WithAccount {
  let known: { key: string; account: Promise<IbmAccount> } | undefined

  function current(): Promise<IbmAccount> {
    const key = apiKey(config)
    if (known?.key !== key) known = { key, account: connect(config, key) }
    return known.account
  }

  return async (what, signal, act) => {
    signal?.throwIfAborted()
    for (let attempt = 1; ; attempt++) {
      const account = await current()
      try {
        // The SDK takes no signal: its request goes on to its own time-out, and nobody waits for it.
        return await abortable(act(account), signal)
      } catch (error) {
        if (signal?.aborted && error === signal.reason) throw error
        if (statusOf(error) !== UNAUTHORIZED || attempt > 1) throw failureOf(what, error)
        known = undefined
      }
    }
  }
}

/** A connection for each request: a kept one that the other side is just closing would lose a POST, with its outcome unknown. */
const onceEach = { httpAgent: new HttpAgent({ keepAlive: false }), httpsAgent: new HttpsAgent({ keepAlive: false }) }

/** IBM's SDK, and the many packages that it brings, are loaded by whoever has a pair on IBM Cloud. */
async function sdk() {
  const [cases, policies, resources, core] = await Promise.all([
    import('@ibm-cloud/platform-services/case-management/v1.js'),
    import('@ibm-cloud/platform-services/iam-policy-management/v1.js'),
    import('@ibm-cloud/platform-services/resource-controller/v2.js'),
    import('ibm-cloud-sdk-core'),
  ])
  return { Cases: cases.default, Policies: policies.default, Resources: resources.default, core }
}

async function connect(config: IbmCloudConfig, apikey: string): Promise<IbmAccount> {
  const { Cases, Policies, Resources, core } = await sdk()
  const { timeoutMs: timeout } = config
  const limits = { timeout, maxContentLength: largestAnswer, ...onceEach }
  // The SDK's options go on to its HTTP client: requests for tokens end in time as well.
  const options = { apikey, url: trimmed(config.iamUrl), ...limits }
  const authenticator = new core.IamAuthenticator(options)
  const service = (serviceUrl: string) => ({ authenticator, serviceUrl: trimmed(serviceUrl), ...limits })
  return {
    resources: new Resources(service(config.resourceControllerUrl)),
    policies: new Policies(service(config.iamUrl)),
    cases: new Cases(service(config.caseManagementUrl)),
    async token() {
      const request: { headers?: Record<string, string> } = {}
      await authenticator.authenticate(request)
      return (request.headers?.['Authorization'] ?? '').replace(/^Bearer /, '')
    },
  }
}

function apiKey({ apiKey }: IbmCloudConfig): string {
  try {
    return readSecret(apiKey)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw configurationFault(`ibmCloud.apiKey has no value: ${reason}. Fix it, then decide retry.`)
  }
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '')
}
