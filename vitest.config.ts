import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'
import { PATIENCE_MS } from './test/patience.ts'

/** Milliseconds of a test or a hook: longer than its waits, which tell what did not come about. */
const LIMIT_MS = 4 * PATIENCE_MS

/** Layers in the order in which they run: the fast ones first. Each is a vitest project of its own. */
export default defineConfig({
  test: {
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    testTimeout: LIMIT_MS,
    hookTimeout: LIMIT_MS,
    expect: { poll: { timeout: PATIENCE_MS } },
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
        },
      },
      {
        extends: true,
        test: {
          name: 'workflows',
          include: ['test/workflows/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'adapters',
          include: ['test/adapters/{kafka,mirroring,certificates,fences}*.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          include: ['test/{lab,chaos,ui}/**/*.test.ts'],
        },
      },
    ],
  },
})
