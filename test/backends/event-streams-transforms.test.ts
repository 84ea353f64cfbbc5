import { expect, test } from 'vitest'
import { enabled, scene } from './event-streams-support.ts'

const rename = { removePrefix: 'accounting.', addPrefix: 'accounting.copy.' }
const transforms = {
  topicNameTransform: { type: 'rename', rename },
  groupIdTransform: { type: 'rename', rename: { addSuffix: '-dr' } },
}
const topic = String.raw`accounting\.invoices`

test('transforms go along with the order to enable, in the service’s words; its defaults do not', async () => {
  const renaming = await scene({ link: transforms })
  await enabled(renaming, renaming.link('A', 'B'))
  expect(renaming.cloud.mirrorings.orders).toEqual([
    {
      on: 'B',
      change: 'from A',
      options: {
        topic_name_transform: {
          type: 'rename',
          rename: { remove_prefix: 'accounting.', add_prefix: 'accounting.copy.' },
        },
        group_id_transform: { type: 'rename', rename: { add_suffix: '-dr' } },
      },
    },
  ])
  const keeping = await scene({ link: { topicNameTransform: { type: 'none' } } })
  await enabled(keeping, keeping.link('A', 'B'))
  expect(keeping.cloud.mirrorings.orders).toMatchObject([{ options: { topic_name_transform: { type: 'none' } } }])
  const plain = await scene()
  await enabled(plain, plain.link('A', 'B'))
  expect(plain.cloud.mirrorings.orders).toEqual([{ on: 'B', change: 'from A' }])
})

test('a selection is of names on the source here, and of what a rename leaves of them there', async () => {
  const world = await scene({ link: transforms })
  const port = world.link('A', 'B')
  await enabled(world, port)
  await port.setSelection(topic, '^$')
  expect(world.cloud.mirrorings.get('B').mirroring?.includes).toEqual(['^invoices$'])
  expect((await port.describe()).selection).toBe(topic)
  await expect(port.setSelection(String.raw`accounting\..*`, topic)).rejects.toThrow(/exact names/)
})

test('an active topic is known by its name on the source and by that of its copy', async () => {
  const world = await scene({ link: transforms })
  const port = world.link('A', 'B')
  await enabled(world, port)
  for (const told of ['accounting.invoices', 'accounting.copy.invoices']) {
    world.underlay.topics.push(told)
    await world.cloud.mirrorings.select(world.cloud.mirrorings.get('B'), [`^${told}$`])
    expect((await port.describe()).assigned.map(({ topic: name }) => name)).toContain('accounting.invoices')
  }
})
