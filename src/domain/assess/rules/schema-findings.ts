import type { Finding } from '../../../contract/evidence.ts'
import type { Plan } from '../../../contract/plan.ts'
import type { SchemaIdFault } from '../schema-ids.ts'
import { listed } from '../../text/listed.ts'
import type { Attempt } from '../world.ts'
import { finding, unlessForced, whenAny } from '../finding.ts'
import type { SchemasLook } from '../world.ts'

/** Would readers on the target resolve the ids in mirrored records to the schemas they were written with? */
export function schemaFindings(plan: Plan, look: Attempt<SchemasLook> | null): Finding[] {
  if (look === null) return []
  if (!look.ok) {
    return [
      finding(
        'warning',
        'schemas-unknown',
        `Whether schema ids mean the same on ${plan.source} and ${plan.target} could not be found out: ${look.problem}`,
      ),
    ]
  }
  const { faults, versions } = look.value
  const named = (fault: SchemaIdFault['fault']) =>
    faults.filter((one) => one.fault === fault).map(({ id, subjects }) => `${id} (${subjects.join(', ')})`)
  return [
    ...whenAny(named('missing'), (names) =>
      finding(
        unlessForced(plan),
        'schema-id-missing',
        `The registry of ${plan.target} does not know schema ids that records from ${plan.source} carry: ${listed(names)}. Readers there could not decode them. Register these schemas there under the same ids (mode IMPORT), or link the registries.`,
      ),
    ),
    ...whenAny(named('other'), (names) =>
      finding(
        unlessForced(plan),
        'schema-id-differs',
        `Schema ids mean another schema on ${plan.target} than on ${plan.source}: ${listed(names)}. Readers there would decode records wrongly. Make the registries agree before anything is moved.`,
      ),
    ),
    ...(faults.length === 0
      ? [
          finding(
            'info',
            'schema-ids-agree',
            `${versions} schema versions of the topics have the same ids on ${plan.source} and ${plan.target}.`,
          ),
        ]
      : []),
  ]
}
