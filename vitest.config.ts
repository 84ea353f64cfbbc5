import { configDefaults, defineConfig } from 'vitest/config'
import { onOneLab } from './test/adapters/on-one-lab.files.ts'
import { LongestFirst } from './test/longest-first.ts'
import { LIMIT_MS, PATIENCE_MS } from './test/patience.ts'

/** Samples of what `npm run chaos` plays whole: another one every day, or a story that other tests tell in parts. Not in `npm test`. */
const nightly = ['test/chaos/kill-cells.test.ts', 'test/chaos/more-disasters.test.ts']

/** `npm test` sets it when it runs a whole layer: files that can share a lab do. Run by its name, each has its own. */
const shares = process.env['SWITCHBACK_SHARED_LAB'] === '1'

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
            'test/{activities,cli,runbook,config,docs,worker,payloads,hostile}/**/*.test.ts',
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
          include: [
            ...(shares ? ['test/adapters/on-one-lab.suite.ts'] : []),
            'test/adapters/{kafka,mirroring,certificates,fences}*.test.ts',
          ],
          exclude: [
            ...configDefaults.exclude,
            ...(shares ? onOneLab.map((name) => `test/adapters/${name}.test.ts`) : []),
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          include: ['test/{lab,chaos,ui,attacks}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...nightly],
        },
      },
      { extends: true, test: { name: 'nightly', include: nightly } },
    ],
  },
})
