import type { AclEntry } from '../../contract/dossier.ts'
import { covers, sameAcl } from '../fence/acl.ts'
import { everybodyEntry, ofAFence } from '../fence/fence.ts'
import type { Allowance, Refusals } from './allowance.ts'

/** Entries to be added: each as a fence of the pair has it. An ALLOW for everybody also needs a look: see `closedBy`. */
export function refusedFence(allowance: Allowance, acls: readonly AclEntry[]): Refusals {
  const { topics, producers, consumers } = allowance
  const denied = { write: producers, read: consumers }
  return acls.flatMap((acl) => refusedEntry(allowance, acl, { topics, denied }))
}

/** Entries to be removed: the same, and those on what has left the pair. */
export function refusedLift(allowance: Allowance, acls: readonly AclEntry[]): Refusals {
  const { topics, producers, consumers, former } = allowance
  const anybody = [...producers, ...consumers, ...former.principals]
  const known = { topics: [...topics, ...former.topics], denied: { write: anybody, read: anybody } }
  return acls.flatMap((acl) => refusedEntry(allowance, acl, known))
}

/** Those of the entries that keep everybody out of nothing, and so need a look before they are added. */
export function admitsEverybody(acls: readonly AclEntry[]): AclEntry[] {
  return acls.filter(({ permission }) => permission === 'allow')
}

/**
 * Entries of others that bear on what an ALLOW for everybody would open. Where there is one, the topic is not open to everybody, and
 * the ALLOW would open it.
 */
export function closedBy(allowance: Allowance, allow: AclEntry, existing: readonly AclEntry[]): AclEntry[] {
  const principals = principalsOf(allowance)
  return existing.filter(
    (acl) =>
      acl.resource === 'topic' &&
      !ofAFence(acl, principals) &&
      (covers(acl, allow.name) || (allow.pattern === 'prefixed' && acl.name.startsWith(allow.name))),
  )
}

export function aclText({ permission, operation, principal, host, resource, pattern, name }: AclEntry): string {
  const where = `${resource === 'topic' ? '' : `${resource} `}${name}${pattern === 'prefixed' ? '*' : ''}`
  return `${permission.toUpperCase()} ${operation} of ${principal} on ${where}${host === '*' ? '' : ` from ${host}`}`
}

function principalsOf({ producers, consumers, former }: Allowance): string[] {
  return [...producers, ...consumers, ...former.principals]
}

function refusedEntry(
  { pair }: Allowance,
  acl: AclEntry,
  known: { topics: readonly string[]; denied: { write: readonly string[]; read: readonly string[] } },
): Refusals {
  const whys = [...shapeRefused(acl), ...topicRefused(pair, acl, known.topics)]
  if (acl.permission === 'deny') whys.push(...principalRefused(pair, acl, known.denied))
  return whys.length === 0 ? [] : [`${aclText(acl)}: ${whys.join(', ')}`]
}

function shapeRefused(acl: AclEntry): string[] {
  if (acl.resource !== 'topic') return ['a fence is on topics']
  if (acl.pattern !== 'literal' && acl.pattern !== 'prefixed') return [`a fence has no pattern ${String(acl.pattern)}`]
  if (acl.permission !== 'allow' && acl.permission !== 'deny') return ['it neither allows nor denies']
  if (acl.permission === 'allow')
    return sameAcl(acl, everybodyEntry(acl.name, acl.pattern)) ? [] : ['a fence allows nobody but everybody everything']
  return [
    ...(acl.host === '*' ? [] : ['a fence is for every host']),
    ...(['write', 'read'].includes(acl.operation.toLowerCase()) ? [] : ['a fence is on Write and Read']),
  ]
}

function topicRefused(pair: string, { name }: AclEntry, topics: readonly string[]): string[] {
  return topics.includes(name) ? [] : [`${name} is no topic of ${pair}`]
}

function principalRefused(
  pair: string,
  { principal, operation }: AclEntry,
  denied: { write: readonly string[]; read: readonly string[] },
): string[] {
  const write = operation.toLowerCase() === 'write'
  if ((write ? denied.write : denied.read).includes(principal)) return []
  return [`${principal} is no principal of a ${write ? 'producer' : 'consumer'} of ${pair}`]
}
