import type { AclEntry, DossierEntry, Obligation } from '../../contract/dossier.ts'
import type { TopicEnds } from '../../contract/evidence.ts'
import { sameAcl } from '../../domain/fence/acl.ts'
import { notStillText } from '../../domain/certificate/not-still-text.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { countReread } from './count-reread.ts'
import { fenceEntry, type FenceView, principalsOf, proveDenied, refuseHarm } from './fence-source.ts'
import { everythingRead, groupsOf } from './reading.ts'

/** Ends there that moved behind those that the failover left: by records, or by markers of transactions that ended. */
function movedSince(run: Run, now: TopicEnds[]): string[] {
  const move = run.dossier.moves.findLast(({ from }) => from === run.plan.target)
  if (!move?.fencedEnds) return []
  return now.flatMap(({ topic, partitions }) => {
    const before = move.fencedEnds?.find((ends) => ends.topic === topic)
    return partitions.flatMap(([partition, , end]) => {
      const fenced = before?.partitions.find(([candidate]) => candidate === partition)?.[2] ?? end
      return end > fenced ? [`${topic}-${partition} from ${fenced} to ${end}`] : []
    })
  })
}

function discharged(run: Run, obligations: Obligation[]): DossierEntry[] {
  return obligations
    .filter(({ cluster, kind, dischargedAt }) => cluster === run.plan.target && kind === 'fence' && !dischargedAt)
    .map(({ id }) => ({ type: 'obligation-discharged', id, at: run.now(), by: run.record.workflowId }))
}

/** What admits everybody is wanted by both. */
function together(one: AclEntry[], other: AclEntry[]): AclEntry[] {
  return [...one, ...other.filter((acl) => !one.some((known) => sameAcl(known, acl)))]
}

async function observeBoth(run: Run): Promise<FenceView> {
  const ask = (kinds: ('producer' | 'consumer')[], operations: ('Write' | 'Read')[]) =>
    run.activities.reads.observeFence({
      link: run.link('nextLink'),
      cluster: run.plan.target,
      principals: principalsOf(run, kinds),
      topics: run.plan.topics,
      operations,
    })
  const [writes, reads] = await Promise.all([ask(['producer'], ['Write']), ask(['consumer'], ['Read'])])
  const refused = [...new Set([...(writes.refused ?? []), ...(reads.refused ?? [])])]
  return {
    authorizer: writes.authorizer && reads.authorizer,
    wanted: together(writes.wanted, reads.wanted),
    missing: together(writes.missing, reads.missing),
    warnings: [...writes.warnings, ...reads.warnings],
    ...(refused.length === 0 ? {} : { refused }),
  }
}

export const guardReturning = defineStep({
  id: 'guard-returning',
  revision: 1,
  title: 'Fence the returning cluster',
  touchesSource: false,
  skip: 'never',
  observe: observeBoth,
  before: (run, view) =>
    view.missing.length > 0 && view.refused === undefined
      ? [fenceEntry(run, run.plan.target, view.missing, 'begun')]
      : [],
  async apply(run, view) {
    refuseHarm(view)
    for (const warning of view.warnings) run.record.note(warning)
    if (!view.authorizer) {
      run.record.note(`${run.plan.target} has no authorizer: its fence is procedural only`)
      return
    }
    if (view.missing.length > 0) {
      await run.activities.writes.applyFence({ lease: run.lease, cluster: run.plan.target, acls: view.missing })
    }
  },
  async prove(run, view) {
    const { target, topics, timing } = run.plan
    const evidence = view.authorizer
      ? await proveDenied(run, target, principalsOf(run, ['producer']), 'Write')
      : 'procedural'
    const { verdict } = await run.until('guard-returning', {
      // Whoever still writes behind a fence is not waited for.
      budgetMs: Math.min(run.askAfter, timing.stepBudget),
      probe: (waits, maxMs) => waits.awaitStill({ cluster: target, topics, stabilityMs: timing.stability, maxMs }),
      reached: ({ still }) => still,
      explain: (seen) => `${notStillText(target, seen, timing.stability)}\nThe run keeps checking.`,
    })
    if (!verdict.still) throw new StepProblem(notStillText(target, verdict, timing.stability))
    const strangers = movedSince(run, verdict.ends)
    if (strangers.length > 0) {
      run.record.note(
        `end offsets on ${target} advanced after it was left, by records or by markers of transactions (settle-stranded counts the records): ${strangers.join('; ')}`,
      )
    }
    const groups = groupsOf(run)
    const offsets = await run.activities.reads.snapshotGroups({
      cluster: target,
      groups: groups.map(({ group }) => group),
      topics: [...new Set(groups.flatMap((group) => everythingRead(run, target, group.topics)))],
    })
    const reread = await countReread(run)
    return {
      detail:
        `${target} refuses the applications (${evidence}); ` +
        (strangers.length === 0
          ? 'no writes seen since it was left'
          : `end offsets advanced since it was left in ${strangers.length} partitions`),
      fact: { ends: verdict.ends, strangers },
      entries: [
        fenceEntry(run, target, [], `${evidence}; ends still`),
        { type: 'snapshot', snapshot: { cluster: target, episode: run.episode, at: run.now(), groups: offsets } },
        ...discharged(run, run.dossier.obligations),
        ...reread,
      ],
    }
  },
  async undo(run, before) {
    const { target } = run.plan
    if (before.missing.length === 0) return { detail: 'nothing had been added' }
    await run.activities.writes.liftFence({ lease: run.lease, cluster: target, acls: before.missing })
    return {
      detail: `lifted: ${before.missing.length} ACLs on ${target}`,
      entries: [{ type: 'fence-lifted', cluster: target, lifted: before.missing }],
    }
  },
})
