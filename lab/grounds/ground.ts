import type { Grant, GrantScene } from './grants.ts'

/** Settings as Kafka's programs read them. */
export type Settings = Readonly<Record<string, string>>

export const groundNames = ['lab', 'defaults', 'ha', 'open'] as const
export type GroundName = (typeof groundNames)[number]

/**
 * An installation: everything in which one lab differs from another. It is a declaration: no code asks for a ground's name,
 * and what is not said here is at the default of Kafka, Connect or MirrorMaker.
 */
export type Ground = {
  name: GroundName
  /** For people who choose one, as a part of a sentence. */
  what: string
  /** Nodes of a cluster, each of them broker and controller: 1 or 3. Everything is replicated to all of them. */
  brokers: 1 | 3
  /** Connect workers attached to each cluster. */
  workers: number
  /** `ssl`: every listener with a certificate of the lab's own authority. */
  transport: 'plaintext' | 'ssl'
  /** Users whom the authorizer always admits; the broker's own, `admin`, has to be one of them. */
  superUsers: readonly string[]
  /** The user that Switchback logs in as. */
  login: string
  /** A second user, for its writes; undefined: it has one login. */
  act?: string
  /** Switchback has the applications' own logins, to ask the brokers as them. */
  knowsLogins: boolean
  /** The ACLs that the owner of a cluster has created on it. */
  grants: (scene: GrantScene) => Grant[]
  /** How copies are called. */
  naming: 'suffix' | 'prefix'
  /** What stands in `topics`: each name, or a pattern for each first word. */
  selection: 'names' | 'patterns'
  broker: Settings
  worker: Settings
  connectors: {
    /** Of every connector. */
    all: Settings
    source: Settings
    checkpoint: Settings
    /** Undefined: there is no MirrorHeartbeatConnector. */
    heartbeat?: Settings
  }
}
