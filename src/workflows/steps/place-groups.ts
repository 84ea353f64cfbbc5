import type { OffsetPlan } from '../../contract/offset-plan.ts'
import type { MoveRecord } from '../../contract/dossier.ts'
import type { GroupOffsets, TopicOffsets } from '../../contract/evidence.ts'
import { rereadDeclared } from '../../domain/positions/reread.ts'
import { grouped } from '../../domain/text/grouped.ts'
import { failureText } from '../runbook/failure-text.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { withinApproval } from './approve-positions.ts'
import type { MirroredFact } from './confirm-mirrored.ts'
import type { DrainFact } from './drain-consumers.ts'
import type { FencedEnds } from './fence-source.ts'
import { groupsOf } from './reading.ts'

function offsetsOf(plan: OffsetPlan): GroupOffsets[] {
  return plan.groups.map(({ group, rows }) => {
    const topics = grouped(
      rows,
      ([topic]) => topic,
      ([, partition, chosen]): [number, number] => [partition, chosen],
    )
    return { group, topics: [...topics].map(([topic, offsets]) => ({ topic, offsets })) }
  })
}

function drained(run: Run): string[] {
  return run.result<DrainFact>('drain-consumers')?.drainedGroups ?? []
}

/** The offsets as they would be placed now, once they are within what was approved. */
async function approvedPlan(run: Run): Promise<OffsetPlan> {
  for (;;) {
    const plan = await run.activities.reads.planOffsets({
      plan: run.plan,
      dossier: run.dossier,
      drainedGroups: drained(run),
    })
    if (plan.obstacles.length > 0) {
      throw new StepProblem(`No safe offset for some groups on ${run.plan.target}: ${plan.obstacles.join('; ')}`)
    }
    if (await withinApproval(run, plan)) return plan
  }
}

/** Final mirrored-to offsets of the link; null where nobody can tell them now. */
async function finalPositions(run: Run): Promise<TopicOffsets[] | null> {
  const certificate = run.result<MirroredFact>('confirm-mirrored')?.certificate
  if (certificate)
    return certificate.topics.map(({ topic, rows }) => ({
      topic,
      offsets: rows.filter((row) => row[4] >= 0).map((row) => [row[0], row[4]]),
    }))
  const look = () => run.activities.reads.readMirroredTo({ ...run.link(), topics: run.plan.topics })
  if (!run.plan.positionsKept) return look()
  // A provider's positions are found by comparing both sides: with the source dark they wait for `settle-stranded`.
  const silent = run.forced ? await run.sourceSilent() : null
  run.singleTry = true
  try {
    if (silent !== null) throw new StepProblem(silent)
    return await look()
  } catch (error) {
    run.record.note(`how far ${run.plan.source} was mirrored is reported when it is back: ${failureText(error)}`)
    return null
  } finally {
    run.singleTry = false
  }
}

/** How this move left the source: failback, and the next failover, place the groups from it. */
async function moveRecord(run: Run, offsets: OffsetPlan): Promise<MoveRecord> {
  const fencedEnds = run.result<FencedEnds>('fence-source')?.ends
  const mirroredTo = await finalPositions(run)
  return {
    episode: run.episode,
    operation: run.plan.operation,
    from: run.plan.source,
    to: run.plan.target,
    mode: run.plan.mode,
    at: run.now(),
    ...(fencedEnds ? { fencedEnds } : {}),
    ...(mirroredTo === null ? {} : { mirroredTo }),
    drainedGroups: drained(run),
    reread: rereadDeclared(offsets, drained(run)),
  }
}

export const placeGroups = defineStep({
  id: 'place-groups',
  revision: 1,
  title: 'Place the groups on the target',
  touchesSource: false,
  skip: 'never',
  async observe(run): Promise<{ plan: OffsetPlan; move: MoveRecord }> {
    const plan = await approvedPlan(run)
    return { plan, move: await moveRecord(run, plan) }
  },
  before: (_run, { move }) => [{ type: 'move', move }],
  async apply(run, { plan }) {
    const states = await run.activities.reads.observeApplications({
      pair: run.plan.pair,
      names: groupsOf(run).map(({ application }) => application),
    })
    const running = states.filter(({ state }) => state === 'running')
    if (running.length > 0) {
      throw new StepProblem(
        `Still running, so their groups cannot be placed: ${running.map(({ name }) => name).join(', ')}`,
      )
    }
    await Promise.all(
      offsetsOf(plan).map((offsets) =>
        run.activities.writes.placeGroup({ lease: run.lease, cluster: run.plan.target, offsets }),
      ),
    )
  },
  async prove(run, { plan }) {
    const wanted = offsetsOf(plan)
    const found = await run.activities.reads.snapshotGroups({
      cluster: run.plan.target,
      groups: wanted.map(({ group }) => group),
      topics: [...new Set(wanted.flatMap(({ topics }) => topics.map(({ topic }) => topic)))],
    })
    for (const { group, topics } of wanted) {
      for (const { topic, offsets } of topics) {
        const committed = new Map(found.find((f) => f.group === group)?.topics.find((t) => t.topic === topic)?.offsets)
        const wrong = offsets.find(([partition, offset]) => committed.get(partition) !== offset)
        if (wrong) {
          throw new StepProblem(
            `${group} is not where it was placed: ${topic}-${wrong[0]} at ${committed.get(wrong[0]) ?? 'none'}, not ${wrong[1]}`,
            { mayPassByItself: true },
          )
        }
      }
    }
    const partitions = plan.groups.reduce((sum, { rows }) => sum + rows.length, 0)
    const duplicates = plan.groups.reduce((sum, group) => sum + group.duplicates, 0)
    return {
      detail: `${plan.groups.length} groups placed on ${partitions} partitions; at most ${duplicates} records read twice`,
      fact: { plan },
    }
  },
})
