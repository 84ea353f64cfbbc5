import type { Assessment, ReadActivities } from '../../contract/activities.ts'
import type { Dossier, GroupSnapshot } from '../../contract/dossier.ts'
import type { Finding } from '../../contract/evidence.ts'
import type { Plan } from '../../contract/plan.ts'
import type { StepId } from '../../contract/steps.ts'
import { missingAcls } from '../fence/acl.ts'
import { undecided } from '../choices/decide.ts'
import { factOf, ourFence } from '../dossier/dossier.ts'
import type { ExemptProducer } from '../fence/exempt-producers.ts'
import { foreseenOffsets } from './foreseen-offsets.ts'
import { unpackSample } from '../watch/packed-sample.ts'
import { doubledOutputs, expectationsOf } from './expectations.ts'
import { finding, unlessForced } from './finding.ts'
import { type ForeseenMove, foreseeMove, positionFindings } from './foreseen-positions.ts'
import { applicationFindings } from './rules/application-findings.ts'
import { choiceFindings, idleReaders, staticMembers } from './rules/choice-findings.ts'
import { exemptExpectation, exemptFindings, exemptOf } from './rules/exempt-findings.ts'
import { fenceExpectation, fenceFindings } from './rules/fence-findings.ts'
import { linkFindings } from './rules/link-findings.ts'
import { missingFindings, unlessOurs } from './rules/missing-findings.ts'
import { obligationFindings } from './rules/obligation-findings.ts'
import { othersOnLink } from './rules/others-on-link.ts'
import { partitionFindings } from './rules/partition-findings.ts'
import { resetFindings } from './rules/reset-findings.ts'
import { schemaFindings } from './rules/schema-findings.ts'
import { settledFindings } from './rules/settled-findings.ts'
import { sideFindings } from './rules/side-findings.ts'
import { transactionFindings } from './rules/transaction-findings.ts'
import { unreadFindings } from './rules/unread-findings.ts'
import { watchFindings } from './rules/watch-findings.ts'
import { wayBackFindings } from './rules/way-back-findings.ts'
import { writerFindings } from './rules/writer-findings.ts'
import { snapshotsOf } from './snapshots.ts'
import type { World, WritersLook } from './world.ts'

export type AssessInput = Parameters<ReadActivities['assess']>[0]

/** What a plan would meet in the world as it was seen, and what is to be expected: `assess`, and readiness between runs. `at`: ISO 8601. */
export function assessmentOf(input: AssessInput, world: World, at: string): Assessment {
  const { plan, dossier } = input
  const snapshots = snapshotsOf(dossier, [world.source, world.target], at)
  const foreseen = foreseeMove(
    plan,
    { ...dossier, snapshots: [...dossier.snapshots, ...inEpisode(dossier, snapshots)] },
    world,
  )
  const expectations = expectationsOf(plan, dossier, world, { at, foreseen })
  const exempt = exemptOf(plan, world, ownWriters(dossier, plan, world), at)
  const open = undecided(world.beside.choices, plan.choices)
  return {
    ...(open.length === 0 ? {} : { open }),
    findings: judge(input, world, { at, foreseen, exempt }),
    expectations: {
      ...expectations,
      ...doubledOutputs(plan, expectations.duplicates),
      ...fenceExpectation(world.fence),
      ...exemptExpectation(exempt),
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
  { plan, dossier, readiness }: AssessInput,
  world: World,
  { at, foreseen, exempt }: { at: string; foreseen: ForeseenMove | null; exempt: ExemptProducer[] },
): Finding[] {
  if (plan.operation === 'reset')
    return [
      ...resetFindings(plan, dossier, world),
      ...othersOnLink(plan, world),
      ...fenceFindings(plan, world.fence),
      ...missingFindings(plan, world.nextMissing, plan.nextLink, unlessOurs(plan)),
      ...schemaFindings(plan, world.schemas),
    ]
  const writers = ownWriters(dossier, plan, world)
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
    ...exemptFindings(plan, exempt),
    ...wayBackFindings(world),
    ...othersOnLink(plan, world),
    ...(begun('place-groups') ? [] : positionFindings(plan, foreseen)),
    ...schemaFindings(plan, world.schemas),
    ...(writers === null
      ? []
      : writerFindings({ ...plan, cluster: plan.source, file: world.file }, writers, unlessForced(plan))),
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
function ownWriters(dossier: Dossier, { source }: Plan, { writers }: World): WritersLook | null {
  if (writers === null || !writers.acls.ok) return writers
  const ours = ourFence(dossier, source)
  return {
    ...writers,
    acls: { ...writers.acls, value: writers.acls.value.map((acls) => missingAcls(ours, acls)) },
  }
}

/** The link and its selection as found on the first contact of the episode: what failback restores. */
function originalOf({ plan, dossier }: AssessInput, { link }: World): Assessment['original'] {
  const selection = link.description?.selection ?? null
  if (plan.operation !== 'failover' || dossier.episode?.original || selection === null) return null
  return { link: plan.link, selection: { link: plan.link, topics: selection } }
}
