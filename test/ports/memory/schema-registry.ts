import { unreachable } from '../../../src/ports/failures.ts'
import type { RegisteredSchema, SchemaRegistryPort } from '../../../src/ports/schema-registry.ts'

/** A registry with its schemas. */
export class MemoryRegistry implements SchemaRegistryPort {
  dark = false
  readonly schemas: RegisteredSchema[]

  constructor(schemas: RegisteredSchema[] = []) {
    this.schemas = schemas
  }

  #called(signal?: AbortSignal): void {
    signal?.throwIfAborted()
    if (this.dark) throw unreachable('The schema registry does not answer.')
  }

  async schemasOf(topics: string[], signal?: AbortSignal) {
    this.#called(signal)
    const subjects = new Set(topics.flatMap((topic) => [`${topic}-key`, `${topic}-value`]))
    return structuredClone(this.schemas.filter(({ subject }) => subjects.has(subject)))
  }

  async byIds(ids: number[], signal?: AbortSignal) {
    this.#called(signal)
    const found = [...new Set(ids)].flatMap((id) => this.schemas.find((schema) => schema.id === id) ?? [])
    return found.map(({ id, type, schema }) => ({ id, type, schema }))
  }
}
