import type { Assessment, ReadActivities } from '../../contract/activities.ts'
import { ApplicationFailure } from '@temporalio/common'
import type { Finding } from '../../contract/evidence.ts'
import type { Expectations } from '../../contract/plan.ts'
import type { StepId } from '../../contract/steps.ts'
import { factOf } from '../../domain/dossier.ts'
import { unpackSample } from '../../domain/packed-sample.ts'
import { type ActivityDeps, timestamp } from '../deps.ts'
import { isConfigurationFault } from '../faults.ts'
import { planOffsets } from '../reads/groups.ts'
import { applicationFindings } from './application-findings.ts'
import { doubledOutputs, expectationsOf } from './expectations.ts'
import { finding, unlessForced } from './finding.ts'
import { linkFindings } from './link-findings.ts'
import { type World, look } from './look.ts'
import { resetFindings } from './reset-findings.ts'
import { schemaFindings } from './schema-findings.ts'
import { sideFindings } from './side-findings.ts'
import { snapshotsOf } from './snapshots.ts'
import { transactionFindings } from './transaction-findings.ts'
import { watchFindings } from './watch-findings.ts'
import { writerFindings, writerScope } from './writer-findings.ts'

type AssessInput = Parameters<ReadActivities['assess']>[0]

/**
 * Looks at both sides, the link and the applications, and says what stands in the way and what is to be expected. A side
 * that does not answer is a finding, not a failure; a fault of the configuration is a failure.
 */
export async function assess(deps: ActivityDeps, input: AssessInput, signal: AbortSignal): Promise<Assessment> {
  const { plan, dossier } = input
  const at = timestamp(deps)
  const world = await look(deps, plan, signal)
  const foreseen = expectationsOf(plan, dossier, world, at)
  const duplicates = (await plannedDuplicates(deps, input, signal)) ?? foreseen.duplicates
  return {
    findings: judge(deps, input, world, at),
    expectations: { ...foreseen, duplicates, ...doubledOutputs(plan, duplicates) },
    original: originalOf(input, world),
    snapshots: snapshotsOf(dossier, [world.source, world.target], at),
    sourceReachable: world.source.problem === null,
    linkReachable: world.link.problem === null,
  }
}

/**
 * What the groups would read twice by the offsets they would be placed on now, once they have read the source to its end.
 * Null when that cannot be told yet, or when the run does without the drain.
 */
async function plannedDuplicates(
  deps: ActivityDeps,
  { plan, dossier }: AssessInput,
  signal: AbortSignal,
): Promise<Expectations['duplicates'] | null> {
  if (plan.operation === 'reset' || plan.mode === 'forced') return null
  try {
    const { groups } = await planOffsets(deps, { plan, dossier, drainedGroups: plan.groups }, signal)
    return groups.map(({ group, duplicates }) => ({ group, records: duplicates }))
  } catch (error) {
    // What does not answer is a finding already.
    if (error instanceof ApplicationFailure && !isConfigurationFault(error)) return null
    throw error
  }
}

function judge(deps: ActivityDeps, { plan, dossier, readiness }: AssessInput, world: World, at: string): Finding[] {
  if (plan.operation === 'reset')
    return [...resetFindings(plan, dossier, world), ...schemaFindings(plan, world.schemas)]
  // What this operation did earlier (an adopted run, a run that turned forced) is not in its own way.
  const begun = (step: StepId): boolean => {
    const state = factOf(dossier, plan.operation, step)?.state
    return state === 'begun' || state === 'done'
  }
  return [
    ...sideFindings(plan, world, dossier.lastSample),
    ...linkFindings(plan, world, {
      disabled: begun('disable-topics'),
      at,
      sample: dossier.lastSample && unpackSample(dossier.lastSample),
    }),
    ...watchFindings(plan, readiness ?? null, at),
    ...transactionFindings(plan, world),
    ...applicationFindings(plan, dossier, world, begun('start-consumers')),
    ...schemaFindings(plan, world.schemas),
    ...(world.writers === null
      ? []
      : writerFindings(writerScope(deps.config(), plan.pair, plan.source, plan), world.writers, unlessForced(plan))),
    ...(plan.order === 'documented' && plan.mode === 'planned'
      ? [
          finding(
            'warning',
            'certificate-not-retaken',
            `Order "documented": producers start on ${plan.target} before everything is proven to be mirrored, so the certificate cannot be taken again right before. "lag-first" can.`,
          ),
        ]
      : []),
  ]
}

/** The link and its selection as found on the first contact of the episode: what failback restores. */
function originalOf({ plan, dossier }: AssessInput, { link }: World): Assessment['original'] {
  const selection = link.description?.selection ?? null
  if (plan.operation !== 'failover' || dossier.episode?.original || selection === null) return null
  return { link: plan.link, selection: { link: plan.link, topics: selection } }
}
