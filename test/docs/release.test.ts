import { expect, test } from 'vitest'
import lock from '../../package-lock.json' with { type: 'json' }
import manifest from '../../package.json' with { type: 'json' }
import { release } from '../../src/contract/release.ts'
import { read } from './documents.ts'

test('the release is the same in the package, its lock, the workflows and the newest part of the changelog', () => {
  const { version } = manifest
  const [newest] = [...read('CHANGELOG.md').matchAll(/^## \[(\d+\.\d+\.\d+)\]/gm)]
  expect([lock.version, lock.packages[''].version, release, newest?.[1]]).toEqual([version, version, version, version])
})

test('each release says whether it replays the runs of the one before', () => {
  const [, ...releases] = read('CHANGELOG.md').split(/^## \[(?=\d)/gm)
  expect(releases.length).toBeGreaterThan(0)
  const replay = /^(?:Replay-compatible with |Not replay-compatible: finish open runs before you upgrade\.)/m
  expect(releases.filter((text) => !replay.test(text)).map((text) => text.split('\n', 1)[0])).toEqual([])
})
