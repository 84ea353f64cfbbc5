import { type ChoiceAction, choiceActions, type OpenChoice } from '../../contract/choices.ts'
import type { DossierEntry } from '../../contract/dossier.ts'
import type { Question } from '../../contract/progress.ts'
import { withChoice } from '../../domain/choices/decide.ts'
import { actionsOf, questionText, sameChoice } from '../../domain/choices/text.ts'
import type { Run } from '../runbook/run.ts'
import { assessPlan } from './assess-plan.ts'

/** While a question is open the assessment is repeated at growing intervals, ms: what was asked about may be gone. */
const firstPause = 15_000
const longestPause = 6 * 3_600_000

interface Asked {
  question: Question
  about: OpenChoice
}

/**
 * Assesses, and asks what only a person can decide, one matter at a time, until nothing is left: before the approval, which is bound
 * to what was chosen. What blocks the run comes first. A dry run only tells.
 */
export async function assessAndChoose(run: Run): Promise<DossierEntry[]> {
  let asked: Asked | undefined
  let pause = firstPause
  for (;;) {
    const { entries, open } = await assessPlan(run)
    const blocked = run.record.findings.some(({ severity }) => severity === 'blocking')
    const [next] = open
    if (next === undefined || blocked || run.input.dryRun) {
      if (asked) run.record.questions.close(asked.question.id)
      return entries
    }
    asked = ask(run, next, asked)
    await run.flush()
    await run.rest(asked.question, pause)
    const answer = run.record.questions.answered(asked.question.id)
    pause = answer === undefined ? Math.min(pause * 2, longestPause) : firstPause
    if (answer === undefined) continue
    if (isChoice(answer.action)) choose(run, asked.about, { action: answer.action, by: answer.by })
    asked = undefined
  }
}

/** The question stays the same while it is about the same matter; its numbers are those of now. */
function ask(run: Run, about: OpenChoice, before: Asked | undefined): Asked {
  const text = questionText(about, run.plan)
  if (before !== undefined && sameChoice(before.about, about)) {
    run.record.questions.refine(before.question.id, text)
    run.publish()
    return { question: before.question, about }
  }
  if (before !== undefined) run.record.questions.close(before.question.id)
  return { question: run.openDecision('assess', text, run.choices([...actionsOf(about), 'retry'])), about }
}

function choose(run: Run, about: OpenChoice, made: { action: ChoiceAction; by: string }): void {
  run.plan = { ...run.plan, choices: withChoice(run.plan.choices, about, made) }
  run.record.plan = run.plan
}

function isChoice(action: string): action is ChoiceAction {
  return (choiceActions as readonly string[]).includes(action)
}
