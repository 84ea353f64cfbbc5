import type { Assessment, ReadActivities } from '../../contract/activities.ts'
import type { Dossier, GroupSnapshot } from '../../contract/dossier.ts'
import type { Finding } from '../../contract/evidence.ts'
import type { StepId } from '../../contract/steps.ts'
import { sameAcl } from '../../domain/acl.ts'
import { factOf, ourFence } from '../../domain/dossier.ts'
import { foreseenOffsets } from '../../domain/foreseen-offsets.ts'
import { unpackSample } from '../../domain/packed-sample.ts'
import { type ActivityDeps, timestamp } from '../deps.ts'
import { undecided } from '../../domain/choices/decide.ts'
import { applicationFindings } from './application-findings.ts'
import { choiceFindings, idleReaders, staticMembers } from './choice-findings.ts'
import { doubledOutputs, expectationsOf } from './expectations.ts'
import { fenceExpectation, fenceFindings } from './fence-findings.ts'
import { type ForeseenMove, foreseeMove, positionFindings } from './foreseen-positions.ts'
import { finding, unlessForced } from './finding.ts'
import { linkFindings } from './link-findings.ts'
import { type World, look } from './look.ts'
import { missingFindings, unlessOurs } from './missing-findings.ts'
import { obligationFindings } from './obligation-findings.ts'
import { partitionFindings } from './partition-findings.ts'
import { resetFindings } from './reset-findings.ts'
import { schemaFindings } from './schema-findings.ts'
import { settledFindings } from './settled-findings.ts'
import { sideFindings } from './side-findings.ts'
import { snapshotsOf } from './snapshots.ts'
import { othersOnLink, wayBackFindings } from './way-back.ts'
import { transactionFindings } from './transaction-findings.ts'
import { unreadFindings } from './unread-findings.ts'
import { watchFindings } from './watch-findings.ts'
import type { WritersLook } from './look-at-writers.ts'
import { writerFindings, writerScope } from './writer-findings.ts'

type AssessInput = Parameters<ReadActivities['assess']>[0]

/**
 * Looks at both sides, the link and the applications, and says what stands in the way and what is to be expected. A side
 * that does not answer is a finding, not a failure; a fault of the configuration is a failure. `ahead`: for the findings alone, so
 * that no record is read to say what is to be expected.
 */
export async function assess(
  deps: ActivityDeps,
  input: AssessInput,
  signal: AbortSignal,
  how: { ahead?: boolean } = {},
): Promise<Assessment> {
  const { plan, dossier } = input
  const at = timestamp(deps)
  const world = await look(deps, plan, dossier, signal, how)
  const snapshots = snapshotsOf(dossier, [world.source, world.target], at)
  const foreseen = foreseeMove(
    plan,
    { ...dossier, snapshots: [...dossier.snapshots, ...inEpisode(dossier, snapshots)] },
    world,
  )
  const expectations = expectationsOf(plan, dossier, world, { at, foreseen })
  const open = undecided(world.beside.choices, plan.choices)
  return {
    ...(open.length === 0 ? {} : { open }),
    findings: judge(deps, input, world, { at, foreseen }),
    expectations: {
      ...expectations,
      ...doubledOutputs(plan, expectations.duplicates),
      ...fenceExpectation(world.fence),
    },
    ...(foreseen === null ? {} : { offsets: foreseenOffsets(foreseen.offsets) }),
    original: originalOf(input, world),
    snapshots,
    sourceReachable: world.source.problem === null,
    linkReachable: world.link.problem === null,
  }
}

/** As the step records them: the groups will be placed by these. */
function inEpisode({ episode }: Dossier, snapshots: Assessment['snapshots']): GroupSnapshot[] {
  return snapshots.map((snapshot) => ({ ...snapshot, episode: episode?.number ?? 0 }))
}

function judge(
  deps: ActivityDeps,
  { plan, dossier, readiness }: AssessInput,
  world: World,
  { at, foreseen }: { at: string; foreseen: ForeseenMove | null },
): Finding[] {
  if (plan.operation === 'reset')
    return [
      ...resetFindings(plan, dossier, world),
      ...othersOnLink(deps.config(), plan, world),
      ...fenceFindings(plan, world.fence),
      ...missingFindings(plan, world.nextMissing, plan.nextLink, unlessOurs(plan)),
      ...schemaFindings(plan, world.schemas),
    ]
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
    ...(begun('disable-topics') ? [] : partitionFindings(plan, world)),
    ...missingFindings(plan, world.missing, plan.link, unlessForced(plan)),
    ...(begun('disable-topics') ? [] : unreadFindings(plan, world.unread)),
    ...watchFindings(plan, readiness ?? null, at),
    ...settledFindings(plan, dossier),
    ...obligationFindings(plan, dossier),
    ...transactionFindings(plan, world),
    ...applicationFindings(plan, dossier, world, begun('start-consumers')),
    ...(begun('start-producers') ? [] : choiceFindings(plan, world.beside.choices)),
    ...(begun('drain-consumers') ? [] : idleReaders(plan, world.beside.idle)),
    ...(begun('start-consumers') ? [] : staticMembers(world)),
    ...fenceFindings(plan, world.fence),
    ...wayBackFindings(world),
    ...othersOnLink(deps.config(), plan, world),
    ...(begun('place-groups') ? [] : positionFindings(plan, foreseen)),
    ...schemaFindings(plan, world.schemas),
    ...(world.writers === null
      ? []
      : writerFindings(
          writerScope(deps.config(), plan.pair, plan.source, plan),
          withoutOurs(dossier, plan.source, world.writers),
          unlessForced(plan),
        )),
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

/** A fence of ours that stands admits everybody where nobody else does: whoever it admits is no writer that it lets in. */
function withoutOurs(dossier: Dossier, cluster: string, writers: WritersLook): WritersLook {
  if (!writers.acls.ok) return writers
  const ours = ourFence(dossier, cluster)
  return {
    ...writers,
    acls: { ...writers.acls, value: writers.acls.value.filter((acl) => !ours.some((one) => sameAcl(one, acl))) },
  }
}

/** The link and its selection as found on the first contact of the episode: what failback restores. */
function originalOf({ plan, dossier }: AssessInput, { link }: World): Assessment['original'] {
  const selection = link.description?.selection ?? null
  if (plan.operation !== 'failover' || dossier.episode?.original || selection === null) return null
  return { link: plan.link, selection: { link: plan.link, topics: selection } }
}
