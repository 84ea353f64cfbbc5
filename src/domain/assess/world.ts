import type { AppState } from '../../contract/activities.ts'
import type { OpenChoice, SeenRanges } from '../../contract/choices.ts'
import type {
  Finding,
  GroupOffsets,
  MirroredTo,
  MissingCopies,
  Phantoms,
  TopicEnds,
  UnreadRemoved,
} from '../../contract/evidence.ts'
import type { GroupState, LinkDescription, TopicDescription, TopicProducers } from '../../contract/observed.ts'
import type { AclListings } from '../fence/acl-listings.ts'
import type { TopicMirroredTo } from '../certificate/mirrored-to.ts'
import type { MirroringNow } from '../names/cycles.ts'
import type { AskedProducer } from '../fence/exempt-producers.ts'
import type { PlannedFence } from '../fence/fence.ts'
import type { TopicSettings } from './parity.ts'
import type { SchemaIdFault } from './schema-ids.ts'
import type { SeenCopy } from '../watch/remembered-copies.ts'
import type { KnownApplication } from '../fence/writers.ts'

/** What was asked for, or why it was not answered. */
export type Attempt<T> = { ok: true; value: T } | { ok: false; problem: string }

/** What an assessment rests on: read once, then judged without another look. */
export interface World {
  link: LinkLook
  nextLink: LinkLook | null
  source: SideLook
  target: SideLook
  /** What the link to be enabled would be given, and topics that would come round again (reset). */
  nextSelection: Attempt<{ refused: string[] }> | null
  access: AccessLook[]
  /** What the fence would be, and whom else it would hit; null: there is none. */
  fence: Attempt<FenceLook> | null
  /** What a person has to decide, and who does not read. */
  beside: ChoicesLook
  /** On the source of a move; null when there is none or it does not answer. */
  writers: WritersLook | null
  /** Copies of the link, and of the one to be enabled, as they are now; null: there is none, or the target does not answer. */
  copies: SeenCopy[] | null
  nextCopies: SeenCopy[] | null
  /** What they lack although the positions lie behind it. */
  missing: MissingCopies[]
  nextMissing: MissingCopies[]
  /** What groups have still to read on the source of a move, and its copies do not hold any more. */
  unread: UnreadRemoved[]
  /** With a source that does not answer: how far the copies reach by now. */
  arrived: TopicMirroredTo[]
  /** In the copies that the link of a move has made; null: none, or nobody can tell. */
  phantoms: Phantoms | null
  applications: AppState[]
  /** Why a reset could not follow; null: nothing is known against it. */
  wayBack: string | null
  /** Null: there is nothing to compare. */
  schemas: Attempt<SchemasLook> | null
  /** The other links, for the cycle guard. */
  mirroring: MirroringNow
  /** The pair's topics by configuration: local, whatever they look like. */
  local: string[]
  file: FileLook
}

/** What switchback.yaml says beside the plan. */
export interface FileLook {
  /** Users of our own logins on the source: they may write there, and write nothing that is not ours. */
  ours: readonly string[]
  applications: readonly KnownApplication[]
  ignorePrincipals: readonly string[]
  ignoreProducersOf: readonly string[]
  /** Other pairs whose topics the link of the plan mirrors as well. */
  pairsOnLink: { pair: string; topics: string[] }[]
  /** A provider keeps the positions of that link: it is one for all pairs, and disabled for all. */
  oneForAll: boolean
}

/** A link as its own side tells; where `problem` says why it did not answer, `description` is null. */
export interface LinkLook {
  name: string
  from: string
  to: string
  problem: string | null
  description: LinkDescription | null
  mirroredTo: Attempt<{ topic: string; offsets: MirroredTo[] }[]>
  /** What the link's service says of itself, where there is one. */
  service: Finding[]
}

/** One cluster as it answered; where `problem` says why it did not, the rest is empty and proves nothing. */
export interface SideLook {
  alias: string
  problem: string | null
  authorizer: boolean
  liveTopics: string[]
  /** The plan's local topics and their copies, those that exist. */
  topics: TopicDescription[]
  /** Of the same topics, where every partition has a leader. */
  ends: TopicEnds[]
  /** Of the plan's local topics. */
  settings: Attempt<TopicSettings[]>
  groups: GroupState[]
  committed: GroupOffsets[]
}

export interface AccessLook {
  principal: string
  operation: 'Write' | 'Read'
  /** Topics to write or read, or groups to read as. */
  of: 'topic' | 'group'
  answer: Attempt<{ evidence: 'asked-as-principal' | 'derived-from-acls'; allowed: string[]; denied: string[] }>
}

/** The fences of a run as the ACLs and topics are now, and who writes where they would hit somebody else. */
export interface FenceLook {
  cluster: string
  fences: PlannedFence[]
  /** Producer ids seen lately, of topics that are hit; null: of this topic they could not be seen. */
  producers: Map<string, number | null>
}

/** What a move has to know of what lies in the logs beside its own records. Ranges that hold no record are left out. */
export interface ChoicesLook {
  /** What a person has to decide: see `OpenChoice`. */
  choices: OpenChoice[]
  /** Groups without a member on the source, and what lies behind their commits there. */
  idle: { group: string; topics: SeenRanges[] }[]
}

/** Who may write on a cluster, and who did lately. */
export interface WritersLook {
  acls: Attempt<AclListings>
  producers: Attempt<TopicProducers[]>
  /** Are topics without an ACL open to everybody? Null: it is not known, or there is none. */
  open: boolean | null
  /** What brokers say as the producers whose credentials are configured. */
  asked: AskedProducer[]
  /** The transactional ids behind those producers, of those that have one. */
  transactional: Attempt<[producerId: number, transactionalId: string][]>
}

/** What the registries of both sides say of the topics' schemas. */
export interface SchemasLook {
  /** Versions that the source has for them. */
  versions: number
  faults: SchemaIdFault[]
}
