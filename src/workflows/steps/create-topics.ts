import type { TopicId } from '../../contract/evidence.ts'
import type { TopicTemplate } from '../../contract/topic-template.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'

interface Created {
  /** Those that this run has created, by the id they got: only these may be taken back. */
  created: TopicId[]
  likeOn: string
}

interface Missing {
  templates: TopicTemplate[]
  likeOn: string
}

function missingTopics(run: Run): Promise<Missing> {
  const { mode, source, target, naming, topics } = run.plan
  return run.activities.reads.planTopics({ mode, source, target, naming, topics })
}

export const createTopics = defineStep({
  id: 'create-topics',
  revision: 1,
  title: 'Create the local topics that the target lacks',
  touchesSource: false,
  skip: 'never',
  observe: missingTopics,
  async apply(run, { templates }) {
    if (templates.length === 0) return
    await run.activities.writes.createTopics({ lease: run.lease, cluster: run.plan.target, templates })
  },
  async prove(run, { templates, likeOn }) {
    const { target } = run.plan
    const wanted = new Map(templates.flatMap((template) => template.topics.map((topic) => [topic, template] as const)))
    if (wanted.size === 0) return { detail: `${target} has them all`, fact: { created: [], likeOn } satisfies Created }
    const there = await run.activities.reads.describeTopics({ cluster: target, topics: [...wanted.keys()] })
    const wrong = [...wanted].flatMap(([topic, { partitions, settings }]) => {
      const found = there.find((row) => row.topic === topic)
      if (found === undefined) return [`${topic} is not there`]
      if (found.partitions !== partitions) return [`${topic} has ${found.partitions} partitions, not ${partitions}`]
      const inSync = Number(settings['min.insync.replicas'] ?? 1)
      return found.replicas !== undefined && found.replicas < inSync
        ? [`${topic} has ${found.replicas} replicas, and min.insync.replicas asks for ${inSync}`]
        : []
    })
    if (wrong.length > 0) {
      throw new StepProblem(
        `Topics created on ${target} are not as they should be: ${wrong.slice(0, 5).join('; ')}. Fix them, then retry.`,
        { mayPassByItself: true },
      )
    }
    return {
      detail: `${wanted.size} topics created on ${target}, as they are on ${likeOn}`,
      fact: { created: there.map(({ topic, topicId }) => ({ topic, topicId })), likeOn } satisfies Created,
    }
  },
  async undo(run, { templates }) {
    const { target } = run.plan
    if (templates.length === 0) return { detail: 'nothing had been created' }
    const created = run.result<Created>('create-topics')?.created
    // Begun and never proven: whether the topics are ours is on no record.
    if (created === undefined) return { detail: `what was created on ${target} stays: check it` }
    const left = await run.activities.writes.deleteEmptyTopics({ lease: run.lease, cluster: target, topics: created })
    const kept = left.map(({ topic, why }) => `${topic} stays: ${why}`)
    return {
      detail: [`${created.length - left.length} empty topics deleted on ${target}`, ...kept.slice(0, 5)].join('; '),
    }
  },
})
