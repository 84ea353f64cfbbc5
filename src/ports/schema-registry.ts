/** One registered version: `id` is what records carry, in front of their bytes. */
export interface RegisteredSchema {
  subject: string
  version: number
  id: number
  type: string
  schema: string
}

/** A registry of schemas with Confluent's interface. Only looked at. Fails like a cluster does. */
export interface SchemaRegistryPort {
  /** Every version of the keys and values of these topics, by the usual strategy of names (`topic-key`, `topic-value`). */
  schemasOf(topics: string[], signal?: AbortSignal): Promise<RegisteredSchema[]>
  /** The schemas with these ids, whatever their subject; those that it does not know are left out. */
  byIds(ids: number[], signal?: AbortSignal): Promise<{ id: number; type: string; schema: string }[]>
}
