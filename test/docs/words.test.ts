import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { buildProgram } from '../../src/cli/program.ts'
import { workerCommand } from '../../src/worker/arguments.ts'
import { documents, read } from './documents.ts'
import { refusedIn, refusedWords } from './plain-words.ts'
import { sourceStrings, stringsOf } from './source-strings.ts'

test.each([
  ['mend', 'Mend the file, then retry'],
  ['dark', 'A is dark, as a forced run expects'],
  ['told', 'the desk was not told'],
  ['look', 'Look at the desk'],
  ['goes on looking', 'The run goes on looking.'],
  ['anew', 'it begins anew'],
  ['in the way', '3 findings in the way'],
  ['owed', 'Owed: fence A'],
  ['stands still', 'Mirroring A->B stands still'],
  ['comes round', 'a record that comes round'],
  ['hand in', 'it ended without handing the pair in'],
  ['carry over', 'the run asks a person to carry it over'],
  ['a second word', 'It takes a second word'],
  ['so be it', 'confirm: so be it'],
  ['by hand', 'finish it by hand'],
  ['believed', 'no word of a ticket is believed'],
])('%s is refused', (_word, text) => {
  expect(refusedIn(text)).not.toEqual([])
})

test.each([
  'The run keeps checking.',
  'a look-ahead, as regular expressions have it',
  '[the lag](docs/told-by-hand.md#stands-still) of `look-until`',
  'Hand it to the desk, intel, follower, endarken, outlook',
  'This is how a record can be carried on the way to B',
])('plain words are not: %s', (text) => {
  expect(refusedIn(text)).toEqual([])
})

test('a source file gives its sentences, not its comments, modules and keys', () => {
  const source = `
    // Nobody is told.
    import { told } from './by hand.ts'
    type A = 'a b'
    export const text = (n: number) => \`it is told \${n > 1 ? 'to them all' : 'code'} anew\` + "it isn't"`
  expect(stringsOf('x.ts', source)).toEqual([
    { at: 'x.ts:5', text: 'it is told … anew' },
    { at: 'x.ts:5', text: 'to them all' },
    { at: 'x.ts:5', text: 'code' },
    { at: 'x.ts:5', text: "it isn't" },
  ])
})

test('every string of the product is in plain words', () => {
  const strings = sourceStrings()
  expect(strings.length).toBeGreaterThan(1500)
  expect(strings.flatMap(({ at, text }) => refusedIn(text).map((fault) => `${at}: ${fault}`))).toEqual([])
})

test('what --help says is in plain words, of every command', () => {
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)]
  const commands = [...all(buildProgram(() => undefined)), workerCommand()]
  expect(commands.length).toBeGreaterThan(15)
  const help = commands.map((command) => {
    let text = ''
    command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp()
    return { name: command.name(), text }
  })
  expect(help.flatMap(({ name, text }) => refusedIn(text).map((fault) => `${name}: ${fault}`))).toEqual([])
})

test('alerts, services and documents are in plain words', () => {
  const paths = [
    'deploy/alerts.yaml',
    'deploy/switchback-worker.service',
    'switchback.example.yaml',
    'switchback.event-streams.example.yaml',
    ...documents,
  ]
  const faults = paths
    .filter((path) => !path.startsWith('docs/adr/'))
    .flatMap((path) =>
      refusedIn(path === 'CHANGELOG.md' ? newest(read(path)) : read(path)).map((fault) => `${path}: ${fault}`),
    )
  expect(faults).toEqual([])
})

/** What is unreleased, and the newest release. What was written for earlier ones stays as it was published. */
function newest(changes: string): string {
  return changes.split(/^## /m).slice(1, 3).join('')
}

test('the list of refused words has a way out for each', () => {
  expect(refusedWords.filter(({ but }) => but === '')).toEqual([])
})
