import { z } from 'zod'
import type { Link, MirroringBackend } from '../../../src/backends/backend.ts'
import { kafkaAlias } from '../../../src/contract/primitives.ts'

/** A third backend, as somebody would write it: this folder, and one entry in the catalogue. */
export const inMemory = {
  name: 'in-memory',
  what: 'a link that is a variable of this process',
  link: z.strictObject({
    from: kafkaAlias.describe('alias of the source'),
    to: kafkaAlias.describe('alias of the target'),
    backend: z.literal('in-memory').describe('nothing outside of this process'),
    disable: z.enum(['ticket', 'self-service']).default('self-service').describe('who disables the link'),
    speed: z.number().int().min(1).default(7).describe('records a second'),
  }),
  fileKeys: {},
  clusterKeys: {},
  traits: { movesPosition: true, offAsAWhole: false, takesHours: false, can: [] },
  faults: (links) =>
    links.flatMap(({ link, pairName, index }) =>
      link['speed'] === 13
        ? [{ path: ['pairs', pairName, 'links', index, 'speed'], message: 'is an unlucky number: choose another' }]
        : [],
    ),
  insecure: (_link, path) => [{ path, message: 'whoever has a debugger reads it: use it in tests alone' }],
  literalSecrets: () => [],
  names: () => ({}),
  shared: ({ from, to }) => ({ key: `${from} ${to}`, words: `the variable of ${from} and ${to}` }),
  stops: () => ({ connectors: [], words: ['Set the variable to null.'] }),
  dependsOn: (_link, { pair }) => ({ pair }),
  opening: () => import('./open.ts'),
} as const satisfies MirroringBackend<Link, { pair: string }>
