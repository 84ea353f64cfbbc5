export interface TopicDescription {
  topic: string
  topicId: string
  partitions: number
  /** Partitions without a leader. */
  offline: number[]
  /** Replicas of the partition that has fewest. Absent: not told. */
  replicas?: number
}

export interface GroupState {
  group: string
  /** `unknown` stands for a group this client cannot look into: treat it as active. */
  state: 'empty' | 'active' | 'absent' | 'unknown'
  /** A `share` group has no committed offsets at all; of a `streams` group the members are not told. */
  protocol: 'classic' | 'consumer' | 'share' | 'streams' | 'unknown'
  members: string[]
  /** Ids of its static members (`group.instance.id`): they stay members after they have stopped. Absent: none. */
  instances?: string[]
}

/**
 * [partition, producer id, epoch, sequence of its last record, when that was (ms since 1970 by the record's time, -1 unknown)].
 * The broker forgets an id after `producer.id.expiration.ms`, a day by default.
 */
export type ActiveProducer = [partition: number, id: number, epoch: number, sequence: number, at: number]

/** Idempotent and transactional producers of a topic. One without an id (`enable.idempotence=false`) is in no such list. */
export interface TopicProducers {
  topic: string
  producers: ActiveProducer[]
}

export type LinkState = 'running' | 'paused' | 'stopped' | 'absent' | 'failed' | 'starting'

export interface LinkDescription {
  state: LinkState
  /** One line: states of connectors and tasks, for a person. */
  detail: string
  /** Text of the connector's `topics`; null when the link is absent. */
  selection: string | null
  /** Topics with at least one partition assigned to a task now, with the partitions. */
  assigned: { topic: string; partitions: number[] }[]
  runningTasks: number
  failedTasks: string[]
  /** Guards: settings under which mirrored-to offsets prove nothing (errors.tolerance, transforms, …). */
  obstacles: string[]
  /** The link also copies ACLs: a literal fence would travel to the target. */
  copiesAcls: boolean
  /** Of a link that is absent: can `enable` create it? Absent: it exists, or the provider keeps it. */
  creatable?: boolean
  /** Settings that decide what is mirrored and how, by name; never a secret. Absent where a provider shows none. */
  settings?: Record<string, string>
  /** Of these, what switchback.yaml says they are. */
  wantedSettings?: Record<string, string>
}
