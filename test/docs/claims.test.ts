import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { buildProgram } from '../../src/cli/program.ts'
import { messageSchemas } from '../../src/contract/messages.ts'
import { pairRequestSchemas } from '../../src/contract/pair-messages.ts'
import { startInputs } from '../../src/contract/start-input.ts'
import { documents, inRepository, read } from './documents.ts'

const schemas: Record<string, z.ZodType> = { ...messageSchemas, ...startInputs, ...pairRequestSchemas }
const packages = z.object({ scripts: z.record(z.string(), z.string()) })

/** Payloads: ```json NAME … ``` holds one that can be sent to the update, or as the input of the operation, of this name. */
function payloads(text: string): { name: string; json: string }[] {
  return [...text.matchAll(/^ *```json (\w+)\n([\s\S]*?)\n *```$/gm)].map(([, name = '', json = '']) => ({
    name,
    json,
  }))
}

function commandLines(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)\n *```$/gm)].flatMap(([, block = '']) => block.split('\n'))
  const spans = [...text.matchAll(/`(switchback [^`]+)`/g)].map(([, line = '']) => line)
  return [...blocks, ...spans]
}

/** The words of a command line; what stands between quotes is one. */
function words(line: string): string[] {
  return [...line.matchAll(/"[^"]*"|'[^']*'|\S+/g)].map(([word]) => word)
}

function findCommand(program: Command, args: string[]): { command: Command | undefined; rest: string[] } {
  let command: Command | undefined = program
  let rest = args
  // An option in front is the program's own: `--version`.
  while (command && command.commands.length > 0 && rest[0]?.startsWith('--') === false) {
    command = command.commands.find((candidate) => candidate.name() === rest[0])
    rest = rest.slice(1)
  }
  return { command, rest }
}

/** What is wrong with a command line as it stands in a document. */
function faults(line: string): string[] {
  const program = buildProgram(() => undefined)
  const [, ...args] = words(line.replace(/\s+[>|].*$/, ''))
  const { command, rest } = findCommand(program, args)
  if (command === undefined) return [`${line}: there is no such command`]
  const options = new Set([...command.options, ...program.options].flatMap(({ long }) => long ?? []))
  return rest
    .filter((word) => word.startsWith('--') && word !== '--help' && !options.has(word))
    .map((word) => `${line}: ${word} is no option of ${command.name()}`)
}

test('every payload in the documents is accepted by its schema', () => {
  const found = documents.flatMap((path) => payloads(read(path)).map((payload) => ({ path, ...payload })))
  expect(found.length).toBeGreaterThan(8)
  for (const { path, name, json } of found) {
    const schema = schemas[name]
    expect(schema, `${path}: ${name}`).toBeDefined()
    expect(schema?.safeParse(JSON.parse(json)).error?.message, `${path}: ${name}`).toBeUndefined()
  }
})

test('every command in the documents exists with its options', () => {
  const lines = documents.flatMap((path) => commandLines(read(path)))
  const ours = lines.filter((line) => line.trim().startsWith('switchback '))
  expect(ours.length).toBeGreaterThan(15)
  expect(ours.flatMap((line) => faults(line.trim()))).toEqual([])
})

test('every npm script in the documents exists', () => {
  const { scripts } = packages.parse(JSON.parse(read('package.json')))
  const named = documents.flatMap((path) =>
    [...read(path).matchAll(/npm (?:run ([\w:-]+)|(test))/g)].map(([, script, alone]) => script ?? alone ?? ''),
  )
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([])
})

test('every link between documents leads to a file and a heading', () => {
  const anchor = (heading: string) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
  const broken = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(([link, file = '', heading]) => {
      const target = file === '' ? path : new URL(file, `file:///${path}`).pathname.slice(1)
      if (!inRepository(target)) return [`${path}: ${link}`]
      if (heading === undefined) return []
      const headings = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => anchor(text))
      return headings.includes(heading) ? [] : [`${path}: ${link}`]
    }),
  )
  expect(broken).toEqual([])
})
