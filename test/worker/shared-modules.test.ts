import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { read } from '../docs/documents.ts'

const folders = ['contract', 'domain']

function sources(): string[] {
  return folders.flatMap((folder) =>
    readdirSync(new URL(`../../src/${folder}/`, import.meta.url), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  )
}

test('every module that holds schemas is among those that workflows share', () => {
  const shared = read('src/workflows/shared.ts')
  const withSchemas = sources().filter((name) => /^import (?!type).*'zod'/m.test(read(`src/${name}`)))
  expect(withSchemas.length).toBeGreaterThan(5)
  expect(withSchemas.filter((name) => !shared.includes(`'../${name}'`))).toEqual([])
})

test('what workflows share has no state of its own', () => {
  const stateful = sources().filter((name) =>
    /^(export )?let |^(export )?const \w+ = new (Map|Set|WeakMap)\(\)/m.test(read(`src/${name}`)),
  )
  expect(stateful).toEqual([])
})
