import { httpJson } from '../../lab/process/http-json.ts'
import { announced } from './announced.ts'
import { finishConsumers, stopProducers } from './applications.ts'
import { problems, topicOutcomes, type TopicOutcome } from './judgement.ts'
import type { Narrator } from './narrator.ts'
import type { Stage } from './stage.ts'
import { Story } from './story.ts'
import type { OperationSummary, Summary, TicketSummary } from './summary.ts'

/** Plays the story and judges it. What went wrong stands in the summary: this throws only what is a fault of the demo. */
export async function playAndJudge(stage: Stage, narrator: Narrator): Promise<Summary> {
  const story = new Story(stage, narrator)
  const troubles: string[] = []
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      troubles.push(error instanceof Error ? error.message : String(error))
      return undefined
    }
  }
  await attempt(() => story.play())
  narrator.heading('the verdict: producers stop, consumers finish')
  const dossier = (await attempt(() => stage.dossier())) ?? null
  const said = announced({
    runs: story.outcomes,
    dossier,
    topics: stage.lab.topics.map(({ name }) => name),
    aliases: stage.lab.clusters.map(({ alias }) => alias),
  })
  const verdicts = await attempt(async () => {
    await stopProducers(stage.lab)
    return finishConsumers(stage.lab, said)
  })
  const topics: TopicOutcome[] = topicOutcomes(verdicts ?? [], said)
  const tickets = (await attempt(() => ticketsOf(stage, story))) ?? []
  const judged = { operations: story.outcomes, topics, ordering: stage.options.ordering, settled: said.settled }
  const all = [...troubles, ...problems(judged), ...unplaced(story)]
  return {
    ok: all.length === 0,
    seconds: rounded(narrator.seconds),
    operations: story.outcomes.map(operationSummary),
    topics,
    tickets,
    problems: all,
  }
}

/** Without its offset plan nobody knows how many duplicates a move declared. */
function unplaced({ outcomes }: Story): string[] {
  return outcomes
    .filter(({ operation, state, offsetPlan }) => operation !== 'reset' && state === 'succeeded' && offsetPlan === null)
    .map(({ operation }) => `the dossier shows no offset plan of the ${operation} (fact of place-groups)`)
}

function operationSummary({
  operation,
  workflowId,
  state,
  seconds,
  steps,
}: Story['outcomes'][number]): OperationSummary {
  return {
    operation,
    workflowId,
    state,
    seconds: rounded(seconds),
    steps: steps.map((step) => ({ id: step.id, state: step.state, seconds: step.seconds ?? null })),
  }
}

/** As the desk knows them; the runs say which of its tickets are theirs. */
async function ticketsOf({ lab }: Stage, { outcomes }: Story): Promise<TicketSummary[]> {
  const known = (await httpJson('GET', `${lab.staffUrl}/tickets`)) as { id: string; processedAt?: string }[]
  return outcomes.flatMap(({ operation, tickets }) =>
    tickets.map(({ id }) => ({ id, operation, processedAt: known.find((one) => one.id === id)?.processedAt ?? null })),
  )
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
