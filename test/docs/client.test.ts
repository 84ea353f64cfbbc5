import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import * as client from '../../src/client.ts'
import { pairMessages, runMessages } from '../../src/contract/definitions.ts'
import { messageExamples, messageSchemas } from '../../src/contract/messages.ts'
import { codeSpans, read } from './documents.ts'

const page = read('docs/client.md')

test('the page of the client names every message, and only what is exported', () => {
  const named = new Set(codeSpans(page))
  const { runQueries, runUpdates, runSignals, pairQueries, pairUpdates } = client
  const messages = [runQueries, runUpdates, runSignals, pairQueries, pairUpdates].flatMap(Object.keys)
  expect(messages.filter((name) => !named.has(name))).toEqual([])
  const imported = [...page.matchAll(/^import \{ (.*) \} from 'switchback\/client'$/gm)].flatMap(([, list = '']) =>
    list.split(', '),
  )
  expect(imported.length).toBeGreaterThan(3)
  expect(imported.filter((name) => !(name in client))).toEqual([])
})

test('a question of this release is answered as it asks, and one that is not known is refused', () => {
  const [definition, { args }] = client.asAsked(
    { send: { update: 'approve', payload: messageExamples.approve } },
    { by: 'kim' },
  )
  expect(definition).toBe(client.runUpdates.approve)
  expect(messageSchemas.approve.parse(args[0])).toEqual({ ...messageExamples.approve, by: 'kim' })
  expect(() => client.asAsked({ send: { update: 'bless', payload: {} } })).toThrow('"bless", which this release does')
})

test('messages are sent by their definitions: a name that changes would else be found by who gets no answer', () => {
  const sent = ['src', 'scripts', 'test'].flatMap((folder) =>
    readdirSync(fileURLToPath(new URL(`../../${folder}/`, import.meta.url)), { recursive: true, encoding: 'utf8' })
      // The page of Temporal is asked there, as a person reads it.
      .filter((name) => name.endsWith('.ts') && !name.startsWith('ui/'))
      .flatMap((name) =>
        [...read(`${folder}/${name}`).matchAll(/\.(?:signal|query|\w*Update)(?:<[^()\n]*>)?\(\s*'([^']+)'/g)].map(
          ([, message = '']) => ({ file: `${folder}/${name}`, message }),
        ),
      ),
  )
  expect(sent.length).toBeGreaterThan(5)
  const { queries, updates, signals } = runMessages
  const ours = new Set<string>([...queries, ...updates, ...signals, ...pairMessages.queries, ...pairMessages.updates])
  expect(sent.filter(({ message }) => ours.has(message))).toEqual([
    // A signal of an update's name, which nobody handles.
    { file: 'test/workflows/pressed-on-the-pair.test.ts', message: 'handOver' },
  ])
})
