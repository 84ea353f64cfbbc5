import { createAclsV2, deleteAclsV2 } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import type { AclEntry } from '../../contract/dossier.ts'
import { precondition, unreachable } from '../../ports/failures.ts'
import { listedBy, listedByEach, notYetEverywhere, ofBrokers } from './acl-listings.ts'
import { aclText, toWire } from './acl-words.ts'
import { atController } from './controller.ts'
import { kafkaErrorName } from './failures.ts'
import { pause } from './net/abort.ts'
import type { BrokerConnections } from './net/connections.ts'
import { expectSuccess, withRowErrors } from './net/refusal.ts'

export interface AclChange {
  alias: string
  /** To ask each broker what it lists. */
  connections: BrokerConnections
  acls: AclEntry[]
  timeoutMs: number
  signal: AbortSignal | undefined
}

/** Between two looks for a change, ms: brokers hear of it within a few, or within seconds where a controller was just lost. */
const LISTED_POLL_MS = 20

const { AclResourceTypes } = kafkajs

/** A broker without authorizer refuses to talk about ACLs; one that does not let this user look has one. */
export async function hasAuthorizer(connections: BrokerConnections, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await listedBy(connections, null, AclResourceTypes.CLUSTER, signal)
    return true
  } catch (error) {
    const name = kafkaErrorName(error)
    if (name === 'SECURITY_DISABLED') return false
    if (name === 'CLUSTER_AUTHORIZATION_FAILED') return true
    throw error
  }
}

/** Entries that exist already stay as they are. Returns when every broker lists them: each learns of them after the answer. */
export async function createAcls(change: AclChange): Promise<void> {
  // What admits goes first: a DENY that is the only entry of its topic shuts everybody out.
  const acl = change.acls.toSorted(admittingFirst).map(toWire)
  if (acl.length === 0) return
  await withAuthorizer(change, async () => {
    const { connections, timeoutMs, signal } = change
    await atController(connections, timeoutMs, signal, async (controller) => {
      const answer = await withRowErrors(connections.call(controller, createAclsV2.api, [acl], signal))
      for (const { errorCode } of answer.results) expectSuccess(errorCode, 'the creation of ACLs')
    })
    await awaitListed(change, true)
  })
}

/** Exactly these entries; those that are gone already do not matter. Returns when no broker lists them any more. */
export async function deleteAcls(change: AclChange): Promise<void> {
  const filters = change.acls.toSorted((a, b) => admittingFirst(b, a)).map(toWire)
  if (filters.length === 0) return
  await withAuthorizer(change, async () => {
    const { connections, timeoutMs, signal } = change
    await atController(connections, timeoutMs, signal, async (controller) => {
      const answer = await withRowErrors(connections.call(controller, deleteAclsV2.api, [filters], signal))
      for (const { errorCode, matchingAcls } of answer.filterResults)
        for (const code of [errorCode, ...matchingAcls.map((acl) => acl.errorCode)])
          expectSuccess(code, 'the deletion of ACLs')
    })
    await awaitListed(change, false)
  })
}

function admittingFirst(a: AclEntry, b: AclEntry): number {
  return Number(a.permission === 'deny') - Number(b.permission === 'deny')
}

async function awaitListed(change: AclChange, present: boolean): Promise<void> {
  const types = [...new Set(change.acls.map((acl) => toWire(acl).resourceType))]
  const end = Date.now() + change.timeoutMs
  for (;;) {
    const listed = await Promise.all(types.map((type) => listedByEach(change.connections, type, change.signal)))
    const left = notYetEverywhere(change.acls, ofBrokers(listed), present)
    const [first] = left
    if (first === undefined) return
    if (Date.now() + LISTED_POLL_MS > end) {
      throw unreachable(
        `Cluster ${change.alias} accepted the ${present ? 'creation' : 'deletion'} of ACLs, but ${left.length} of ${change.acls.length} ` +
          `are ${present ? 'not listed by every broker' : 'still listed by a broker'} after ${change.timeoutMs} ms (${aclText(first)}): check its controllers and brokers.`,
      )
    }
    await pause(LISTED_POLL_MS, change.signal)
  }
}

async function withAuthorizer({ alias }: AclChange, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (kafkaErrorName(error) !== 'SECURITY_DISABLED') throw error
    throw precondition(
      `Cluster ${alias} has no authorizer, so no ACL can fence it: set authorizer.class.name on its brokers, or stop its producers and prove that its end offsets do not advance.`,
    )
  }
}
