import type { Attempt, SchemasLook } from '../../domain/assess/world.ts'
import type { Plan } from '../../contract/plan.ts'
import { schemaIdFaults } from '../../domain/assess/schema-ids.ts'
import type { ActivityDeps } from '../deps.ts'
import { attempt } from './attempt.ts'

/** Null where a side has no registry, or both have the same: nothing to compare. */
export async function lookAtSchemas(
  deps: ActivityDeps,
  plan: Plan,
  signal: AbortSignal,
): Promise<Attempt<SchemasLook> | null> {
  const { clusters } = deps.config()
  const [here, there] = [clusters[plan.source]?.schemaRegistry?.url, clusters[plan.target]?.schemaRegistry?.url]
  if (here === undefined || there === undefined || here === there) return null
  return attempt(async () => {
    const source = deps.ports.schemaRegistry(plan.source)
    const target = deps.ports.schemaRegistry(plan.target)
    const schemas = (await source?.schemasOf(plan.topics, signal)) ?? []
    const known =
      (await target?.byIds(
        schemas.map(({ id }) => id),
        signal,
      )) ?? []
    return { versions: schemas.length, faults: schemaIdFaults(schemas, known) }
  })
}
