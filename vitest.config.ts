import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

/** Layers in the order in which they run: the fast ones first. Each is a vitest project of its own. */
export default defineConfig({
  test: {
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'domain', include: ['test/domain/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'test/{activities,cli,runbook,config,docs,worker}/**/*.test.ts',
            'test/adapters/{applications,tickets,config,event-streams,schema-registry}*.test.ts',
          ],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'workflows',
          include: ['test/workflows/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'adapters',
          include: ['test/adapters/{kafka,mirroring,certificates,fences}*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          include: ['test/{lab,chaos,ui}/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
