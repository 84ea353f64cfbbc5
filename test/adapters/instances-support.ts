import { vi } from 'vitest'
import { crnOf } from '../backends/event-streams-support.ts'
import { pairOf, smallest } from '../config/support.ts'

/** The smallest configuration of two instances: the backend is told once, for the pair. `there`, `back`: more of the links. */
export function instances(there: object, back: object) {
  const tree = smallest() as ReturnType<typeof smallest> & { ibmCloud?: Record<string, unknown> }
  vi.stubEnv('IBM_KEY', 'key')
  tree.ibmCloud = { apiKey: { env: 'IBM_KEY' } }
  for (const alias of ['A', 'B'])
    tree.clusters[alias] = {
      bootstrap: ['localhost:9092'],
      eventStreams: { crn: crnOf(alias), adminUrl: `https://${alias.toLowerCase()}.example.org` },
    }
  const pair = pairOf(tree)
  pair['mirroring'] = { backend: 'event-streams' }
  pair.links = [
    { from: 'A', to: 'B', ...there },
    { from: 'B', to: 'A', ...back },
  ]
  return tree
}
