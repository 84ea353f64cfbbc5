import type { Question, QuestionKind } from '../../contract/progress.ts'
import { onCall } from '../../domain/text/on-call.ts'
import { age, shellWord } from './words.ts'

/** What a run waits for, and for each question the command that answers it, ready to paste. */
export function questionLines(questions: Question[], workflowId: string, now: Date): string[] {
  return questions.flatMap((question) => [
    `⏸ ${question.id} (asked ${age(question.askedAt, now)} ago)`,
    ...question.text.split('\n').map((line) => `    ${line}`),
    `    What to do: ${onCall(question.step)}`,
    ...answerCommands(question, workflowId).map((command) => `    ${command}`),
  ])
}

/** The answer of the question's kind, then the decisions it allows besides: the first as a command, the others by name. */
export function answerCommands(question: Question, workflowId: string): string[] {
  const id = shellWord(workflowId)
  const named = `--question ${shellWord(question.id)}`
  const answers: Record<QuestionKind, string[]> = {
    approval: [`$ switchback approve ${id} --by you`],
    ticket: [`$ switchback ticket complete ${id} ${ticketId(question)} --by you`],
    confirmation: [`$ switchback confirm ${id} ${named} --by you`],
    decision: [],
  }
  const [first, ...others] = question.choices
  const decision = first === undefined ? [] : [`$ switchback decide ${id} ${first} ${named} --by you --reason "…"`]
  const instead = others.length === 0 ? [] : [`  or instead of ${first}: ${others.join(', ')}`]
  return [...answers[question.kind], ...decision, ...instead]
}

function ticketId({ send }: Question): string {
  const id = send.payload['ticketId']
  return typeof id === 'string' ? shellWord(id) : '<ticket-id>'
}
