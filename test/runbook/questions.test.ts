import { expect, test } from 'vitest'
import { Questions } from '../../src/workflows/runbook/questions.ts'

const at = '2026-01-17T09:00:00.000Z'

function ask(questions: Questions, step: 'verify' | 'approve' = 'verify') {
  return questions.ask({
    step,
    kind: 'decision',
    text: 'No progress.',
    choices: ['retry', 'skip'],
    at,
    payload: (id) => ({ update: 'decide', payload: { question: id, action: 'retry' } }),
  })
}

const answer = { kind: 'decision', by: 'ann', action: 'retry', at } as const

test('a question has an id of its step, and the payload that answers it', () => {
  const questions = new Questions()
  expect(ask(questions)).toMatchObject({ id: 'verify#1', send: { payload: { question: 'verify#1', action: 'retry' } } })
  expect(ask(questions).id).toBe('verify#2')
  expect(ask(questions, 'approve').id).toBe('approve#1')
  expect(questions.open.map(({ id }) => id)).toEqual(['verify#1', 'verify#2', 'approve#1'])
})

test('an answered question is open no more, and its answer stays', () => {
  const questions = new Questions()
  const { id } = ask(questions)
  questions.answer({ ...answer, question: id })
  expect(questions.open).toEqual([])
  expect(questions.find(id)).toBeUndefined()
  expect(questions.answered(id)).toMatchObject({ by: 'ann', action: 'retry' })
  expect(ask(questions).id).toBe('verify#2')
})

test('a question closed because its matter passed was not answered', () => {
  const questions = new Questions()
  const { id } = ask(questions)
  questions.close(id)
  questions.close(id)
  expect(questions.open).toEqual([])
  expect(questions.answered(id)).toBeUndefined()
})

test('the text of an open question grows more precise, that of a closed one does not come back', () => {
  const questions = new Questions()
  const { id } = ask(questions)
  questions.refine(id, 'No progress for 5 min.')
  expect(questions.find(id)?.text).toBe('No progress for 5 min.')
  questions.close(id)
  questions.refine(id, 'again')
  expect(questions.open).toEqual([])
})

test('what is open is described with the payload to send', () => {
  const questions = new Questions()
  expect(questions.describeOpen()).toBe('the run waits for no answer now')
  ask(questions)
  expect(questions.describeOpen()).toBe('"verify#1" (send decide {"question":"verify#1","action":"retry"})')
})

test('names of Object.prototype are no questions', () => {
  const questions = new Questions()
  for (const id of ['__proto__', 'constructor', 'toString']) {
    expect(questions.find(id)).toBeUndefined()
    expect(questions.answered(id)).toBeUndefined()
  }
})
