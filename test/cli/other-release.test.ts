import { expect, test } from 'vitest'
import { otherRelease } from '../../src/cli/temporal/other-release.ts'
import { release } from '../../src/contract/release.ts'

test('a worker of another release is named with both, one that says none as older', () => {
  expect(otherRelease(release)).toBeUndefined()
  expect(otherRelease('9.1.0')).toContain(`this command is switchback ${release}, the worker is 9.1.0: `)
  expect(otherRelease(undefined)).toContain(`this command is switchback ${release}, the worker is older than 0.2.0: `)
})
