import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { ConfigError, loadConfig } from '../../src/config/load.ts'

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The smallest whole configuration; a test changes what it is about. */
export function smallest() {
  return {
    clusters: { A: { bootstrap: ['localhost:9092'] }, B: { bootstrap: ['localhost:9093'] } } as Record<string, unknown>,
    pairs: {
      accounting: {
        primary: 'A',
        secondary: 'B',
        topics: ['accounting.invoices'],
        applications: [
          { name: 'entry', kind: 'producer', topics: ['accounting.invoices'], control: { adapter: 'manual' } },
          {
            name: 'ledger',
            kind: 'consumer',
            group: 'ledger',
            topics: ['accounting.invoices'],
            control: { adapter: 'manual' },
          },
        ] as Record<string, unknown>[],
        links: [link('A', 'B'), link('B', 'A')] as Record<string, unknown>[],
      } as PairTree,
    } as Record<string, PairTree>,
  }
}

export interface PairTree extends Record<string, unknown> {
  applications: Record<string, unknown>[]
  links: Record<string, unknown>[]
}

export function link(from: string, to: string) {
  return {
    from,
    to,
    connect: { url: `http://connect-${to.toLowerCase()}.example.org:8083` },
    source: { name: `source-${from}-${to}` },
  }
}

/** The pair of the smallest configuration. */
export function pairOf(tree: ReturnType<typeof smallest>): PairTree {
  const pair = tree.pairs['accounting']
  if (!pair) throw new Error('the smallest configuration has the pair accounting')
  return pair
}

/** Writes it to a file of its own and gives the path. */
export function written(tree: unknown): string {
  const path = join(temporaryFolder(), 'switchback.yaml')
  writeFileSync(path, typeof tree === 'string' ? tree : stringify(tree))
  return path
}

/** The faults of a configuration; none when it can be used. */
export function faultsOf(tree: unknown): string[] {
  try {
    loadConfig(written(tree))
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}
