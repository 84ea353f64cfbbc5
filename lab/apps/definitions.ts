/** A local topic, created on every cluster of the lab. */
export type LabTopic = { name: string; partitions: number }

/** A sample application. */
export type LabApplication = {
  name: string
  kind: 'producer' | 'consumer'
  topics: string[]
  /** Consumer group; consumers only. */
  group?: string
  /** SASL user name, without "User:". */
  principal: string
}
