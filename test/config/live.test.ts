import { rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { ConfigError, liveConfig } from '../../src/config/load.ts'
import { smallest, written } from './support.ts'

test('an unchanged file is read once', () => {
  const config = liveConfig(written(smallest()))
  expect(config()).toBe(config())
})

test('a change counts from the next use on', () => {
  const tree = smallest()
  const path = written(tree)
  const config = liveConfig(path)
  expect(config().clusters['A']?.bootstrap).toEqual(['localhost:9092'])
  tree.clusters['A'] = { bootstrap: ['localhost:9999'] }
  writeFileSync(path, stringify(tree))
  expect(config().clusters['A']?.bootstrap).toEqual(['localhost:9999'])
})

test('a faulty file fails at every use until it is mended', () => {
  const path = written(smallest())
  const config = liveConfig(path)
  const good = config()
  writeFileSync(path, 'clusters: {}\n')
  expect(config).toThrow(ConfigError)
  expect(config).toThrow('pairs: is missing')
  rmSync(path)
  expect(config).toThrow('cannot be read (ENOENT)')
  writeFileSync(path, stringify(smallest()))
  expect(config()).toEqual(good)
})

test('a fault outside of the file is mended outside of the file', () => {
  const tree = smallest()
  tree.clusters['A'] = {
    bootstrap: ['localhost:9092'],
    sasl: { mechanism: 'PLAIN', username: 'u', password: { file: 'secret' } },
  }
  const path = written(tree)
  const config = liveConfig(path)
  expect(config).toThrow('secret cannot be read')
  writeFileSync(join(dirname(path), 'secret'), 'x')
  expect(config().clusters['A']?.sasl?.username).toBe('u')
})
