/**
 * Writes docs/coverage.md: each sentence of the scenario with the steps that carry it and the tests that show it, and
 * each step with its sentences and tests. `npx tsx scripts/coverage-docs.ts`
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { type StepId, stepIds } from '../src/contract/steps.ts'
import { type Sentence, scenario } from './coverage/scenario.ts'

const pathOf = (name: string) => fileURLToPath(new URL(`../docs/${name}`, import.meta.url))

export const coveragePath = pathOf('coverage.md')
export const readRunbook = (): string => readFileSync(pathOf('runbook.md'), 'utf8')

const opening = `# Coverage

The scenario is the disaster recovery example of the mirroring documentation this project implements, here in our words. A and B are the clusters, \`accounting.invoices\` is the topic, \`accounting.invoices.A\` its copy on B ([the six pictures](concepts.md)). Made by \`npx tsx scripts/coverage-docs.ts\` from \`scripts/coverage/scenario.ts\` and the runbook; a test fails when a sentence, a step or a test is missing.`

/** The page; of a step it names the tests of its section in the runbook as well. */
export async function coverageDocument(runbook: string): Promise<string> {
  const parts = scenario.map(({ title, sentences }) =>
    [`### ${title}`, table(['the scenario says', 'step', 'test'], sentences.map(sentenceRow))].join('\n\n'),
  )
  const text = [
    opening,
    '## The scenario, sentence by sentence',
    ...parts,
    '## Step by step',
    table(
      ['step', 'sentences', 'tests of the sentences', 'tests named in the runbook'],
      stepIds.map((step) => stepRow(step, runbook)),
    ),
  ].join('\n\n')
  return format(text, { ...(await resolveConfig(coveragePath)), parser: 'markdown' })
}

function sentenceRow({ says, steps, tests }: Sentence): string[] {
  return [
    says,
    steps.map((step) => `\`${step}\``).join(', '),
    tests.map(({ file, titles }) => [`\`${file}\``, ...titled(titles)].join(': ')).join('; '),
  ]
}

function titled(titles: readonly string[]): string[] {
  return titles.length === 0 ? [] : [titles.map((title) => `\`${title}\``).join('; ')]
}

function stepRow(step: StepId, runbook: string): string[] {
  const carried = scenario.flatMap(({ sentences }) => sentences).filter(({ steps }) => steps.includes(step))
  const files = new Set(carried.flatMap(({ tests }) => tests.map(({ file }) => file)))
  const [, after = ''] = runbook.split(`\n### \`${step}\`\n`)
  const [own = ''] = after.split(/\n##/)
  const named = new Set([...own.matchAll(/`(test\/[\w./-]+\.ts)`/g)].map(([, file = '']) => file))
  return [
    `[\`${step}\`](runbook.md#${step})`,
    String(carried.length),
    String(carried.flatMap(({ tests }) => tests.flatMap(({ titles }) => titles)).length),
    [...named]
      .filter((file) => !files.has(file))
      .map((file) => `\`${file}\``)
      .join(', ') || 'those',
  ]
}

function table(head: string[], rows: string[][]): string {
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(coveragePath, await coverageDocument(readRunbook()))
