import * as fc from 'fast-check'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { describe, expect, test } from 'vitest'
import { clickable, line, paragraphs, table } from '../../../src/domain/text/markdown-text.ts'

interface Node {
  type: string
  value?: string
  children?: Node[]
}

/** As GitHub's Markdown and Temporal's UI read it: every kind of node in the text, and what is shown. */
function read(markdown: string): { kinds: string[]; shown: string } {
  const nodes: Node[] = []
  const walk = (node: Node): void => {
    nodes.push(node)
    node.children?.forEach(walk)
  }
  walk(fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }))
  return {
    kinds: [...new Set(nodes.map(({ type }) => type))],
    shown: nodes.map(({ value = '' }) => value).join(''),
  }
}

const tricky = [
  '[',
  ']',
  '(',
  ')',
  '!',
  '*',
  '**',
  '_',
  '__',
  '`',
  '``',
  '~',
  '~~',
  '\\',
  '<',
  '>',
  '&',
  '&lt;',
  '&#91;',
  '#',
  '-',
  '+',
  '=',
  '|',
  '1.',
  ':',
  '@',
  ' ',
  '\n',
  '\t',
  '"',
  'https://evil.example/a',
  'http://',
  'www.evil.example',
  'mailto:x@evil.example',
  'x@evil.example',
  'ftp://evil',
  '[x](',
  '![](',
  '<script>',
  '[^1]',
  '- [ ] ',
  '\u200b',
  '\u202e',
  '\u2066',
  '\ufeff',
  '\u00ad',
]

const foreign = fc
  .array(fc.oneof(fc.constantFrom(...tricky), fc.stringMatching(/^[a-z]{1,6}$/)), { maxLength: 14 })
  .map((pieces) => pieces.join(''))

describe('text of a stranger', () => {
  test('is text: no link, image, format, block or tag of it survives, in any place where it is shown', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        const shown = line(text)
        for (const place of [`Before: ${shown}`, shown, `**Bold** ${shown} and ${shown}`]) {
          const kinds = read(place).kinds.filter(
            (kind) => !['root', 'paragraph', 'text', 'inlineCode', 'strong'].includes(kind),
          )
          expect([place, kinds]).toEqual([place, []])
        }
        expect(read(table(['a'], [[text]], 5)).kinds).not.toEqual(expect.arrayContaining(['link']))
        const kinds = read(`- ${paragraphs(text)}`).kinds
        for (const kind of ['link', 'image', 'emphasis', 'delete', 'heading', 'html', 'footnoteReference', 'code'])
          expect([text, kinds]).not.toEqual([text, expect.arrayContaining([kind])])
      }),
      { numRuns: 2_000 },
    )
  })

  test.each(['* *www.e.x|https://e.x', '``www.e.x| ', '*www.e.x` |`|', String.raw`\|www.e.x|`])(
    'does not leave the cell that it is in: %s',
    (text) => {
      expect(read(table(['a', 'b'], [[text, 'c']], 5)).kinds).not.toContain('link')
    },
  )

  test.each([
    ['accounting.invoices_v2 has [3] partitions & 2 < 3', 'accounting.invoices_v2 has [3] partitions & 2 < 3'],
    ['(?!(?:a|b)$)(?:.*) and *.csv', '(?!(?:a|b)$)(?:.*) and *.csv'],
    ['send `retry`, then `a_b`', 'send retry, then a_b'],
    ['see https://desk.example/1?a=b', 'see https://desk.example/1?a=b'],
    ['you@example.org', 'you@example.org'],
    ['a\u202eb\u200bc', 'abc'],
  ])('is shown as it is: %s', (text, shown) => {
    expect(read(`x ${line(text)}`).shown).toBe(`x ${shown}`)
  })
})

test('an address of a desk can be clicked only when nothing is hidden in it', () => {
  expect(read(clickable('https://desk.example/CS1')).kinds).toContain('link')
  for (const address of ['https://desk.example/\u202e1', 'https://a>[x](https://evil.example', 'javascript:alert(1)'])
    expect(read(clickable(address)).kinds).not.toContain('link')
})
