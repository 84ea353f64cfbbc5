/** Topics that are created alike: partitions, and settings by Kafka's names. */
export interface TopicTemplate {
  partitions: number
  settings: Readonly<Record<string, string>>
  topics: readonly string[]
}
