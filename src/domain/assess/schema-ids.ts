export interface SchemaWithId {
  id: number
  type: string
  schema: string
}

/** An id that records of the source carry, and that a reader on the target would not resolve to the same schema. */
export interface SchemaIdFault {
  id: number
  subjects: string[]
  fault: 'missing' | 'other'
}

/**
 * Records are mirrored with the id of their schema in them, so each id that the source has for the topics has to mean the
 * same schema on the target. JSON schemas (Avro's among them) are compared without regard to white space.
 */
export function schemaIdFaults(
  source: readonly (SchemaWithId & { subject: string })[],
  target: readonly SchemaWithId[],
): SchemaIdFault[] {
  const there = new Map(target.map((schema) => [schema.id, schema]))
  const ids = [...new Set(source.map(({ id }) => id))].sort((a, b) => a - b)
  return ids.flatMap((id): SchemaIdFault[] => {
    const own = source.filter((schema) => schema.id === id)
    const other = there.get(id)
    const subjects = [...new Set(own.map(({ subject }) => subject))].sort()
    if (other === undefined) return [{ id, subjects, fault: 'missing' }]
    return own.every((schema) => same(schema, other)) ? [] : [{ id, subjects, fault: 'other' }]
  })
}

function same(a: SchemaWithId, b: SchemaWithId): boolean {
  return a.type === b.type && canonical(a.schema) === canonical(b.schema)
}

/** The order of keys is left as it is: that of fields matters. */
function canonical(schema: string): string {
  try {
    return JSON.stringify(JSON.parse(schema))
  } catch {
    return schema.trim()
  }
}
