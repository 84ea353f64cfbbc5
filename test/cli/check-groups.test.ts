import { expect, test } from 'vitest'
import { checkGroups } from '../../src/cli/check/groups.ts'
import { scene, topic } from '../activities/scene.ts'

const link = { pair: 'accounting', from: 'A', to: 'B' }
const off = { 'checkpoint.sync.group.offsets.enabled': 'false' }
const on = { 'checkpoint.sync.group.offsets.enabled': 'true' }

/** What `switchback check` says of the groups, with these settings of the link. */
async function said(
  settings: Record<string, string>,
  change: (of: ReturnType<typeof scene>) => void = () => undefined,
) {
  const of = scene()
  change(of)
  const description = { ...of.ab.description, settings }
  return checkGroups(of.deps, link, description, AbortSignal.timeout(10_000))
}

test('check warns of groups whose positions the link does not translate, as the watch does', async () => {
  const lines = await said(off)
  expect(lines).toMatchObject([{ verdict: 'remark', what: 'groups of accounting on A->B' }])
  expect(lines[0]?.text).toContain('(sync.group.offsets.enabled is not true)')
  expect(lines[0]?.text).toContain('billing (at most 152 records)')
  expect(lines[0]?.text).toContain('Set sync.group.offsets.enabled=true')
})

test('a link that translates, and one whose first positions are still to come, are no warning', async () => {
  expect(await said(on)).toMatchObject([
    { verdict: 'ok', text: expect.stringContaining('not translated so far: billing') },
  ])
  const translated = await said(on, ({ b }) => {
    const offsets: [number, number][] = [
      [0, 101],
      [1, 51],
    ]
    b.committed = [{ group: 'billing', topics: [{ topic: `${topic}.A`, offsets }] }]
  })
  expect(translated).toMatchObject([{ verdict: 'ok', text: 'no group lacks a translated position' }])
})

test('what cannot be read is unknown, and a link that does not mirror the topics now is left out', async () => {
  expect(await said(off, ({ b }) => (b.dark = true))).toMatchObject([
    { verdict: 'remark', text: expect.stringContaining('is unknown') },
  ])
  expect(await said(off, ({ ab }) => (ab.description = { ...ab.description, selection: '^$' }))).toEqual([])
  expect(await said(off, ({ ab }) => (ab.description = { ...ab.description, state: 'stopped' }))).toEqual([])
})
