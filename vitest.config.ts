import { readdirSync } from 'node:fs'
import { configDefaults, defineConfig } from 'vitest/config'
import { onOneLab } from './test/adapters/on-one-lab.files.ts'
import { LongestFirst } from './test/longest-first.ts'
import { LIMIT_MS, PATIENCE_MS } from './test/patience.ts'

/**
 * Not in `npm test`, which has a quarter of an hour: samples of what `npm run chaos` plays whole (another one every day), stories
 * that other tests tell in parts, trips on further grounds, and the ends of the lab itself. CONTRIBUTING.md says when they are due.
 */
const nightly = [
  'test/chaos/kill-cells.test.ts',
  'test/chaos/more-disasters.test.ts',
  'test/chaos/pairs.test.ts',
  'test/lab/lab-ends.test.ts',
  'test/lab/operations-open.test.ts',
  'test/lab/operations-renamed.test.ts',
]

/** A folder of `test` belongs to one layer, with all below it. */
const folders = {
  domain: ['domain'],
  unit: [
    'activities',
    'backends',
    'cli',
    'config',
    'controls',
    'desks',
    'docs',
    'hostile',
    'payloads',
    'ports',
    'registry',
    'runbook',
    'worker',
  ],
  workflows: ['workflows'],
  adapters: ['adapters'],
  lab: ['attacks', 'chaos', 'lab', 'ui'],
}

const inFolders = (names: readonly string[]): string =>
  `test/${names.length === 1 ? names[0] : `{${names.join(',')}}`}/**/*.test.ts`

/** Of folders in no layer: their tests would run nowhere. */
const nowhere = readdirSync(new URL('test', import.meta.url), { recursive: true, encoding: 'utf8' }).filter(
  (file) =>
    file.endsWith('.test.ts') &&
    !Object.values(folders)
      .flat()
      .includes(file.split('/')[0] ?? ''),
)
if (nowhere.length > 0)
  throw new Error(
    `These tests belong to no layer, so nothing runs them: ${nowhere.join(', ')}. Name their folder in vitest.config.ts.`,
  )

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
      { extends: true, test: { name: 'domain', include: [inFolders(folders.domain)] } },
      {
        extends: true,
        test: {
          name: 'unit',
          include: [inFolders(folders.unit)],
        },
      },
      {
        extends: true,
        test: {
          name: 'workflows',
          include: [inFolders(folders.workflows)],
        },
      },
      {
        extends: true,
        test: {
          name: 'adapters',
          include: [...(shares ? ['test/adapters/on-one-lab.suite.ts'] : []), inFolders(folders.adapters)],
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
          include: [inFolders(folders.lab)],
          exclude: [...configDefaults.exclude, ...nightly],
        },
      },
      { extends: true, test: { name: 'nightly', include: nightly } },
    ],
  },
})
