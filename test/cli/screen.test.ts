import { expect, test } from 'vitest'
import { Screen } from '../../src/cli/screen.ts'

function aTerminal(columns: number, rows: number): { written: string[]; screen: Screen } {
  const written: string[] = []
  return {
    written,
    screen: new Screen({ columns, rows, write: (text: string | Uint8Array) => written.push(String(text)) > 0 }),
  }
}

test('a picture is drawn over the one before, wrapped lines counted', () => {
  const { written, screen } = aTerminal(10, 24)
  screen.draw(['head', 'a line of 21 columns.'], false)
  screen.draw(['head'], false)
  screen.draw([], true)
  expect(written).toEqual(['\x1b[Jhead\na line of 21 columns.\n', '\x1b[4F\x1b[Jhead\n', '\x1b[1F\x1b[J'])
})

test('a picture higher than the terminal keeps its head and its end, and the last one is whole', () => {
  const { written, screen } = aTerminal(80, 5)
  const lines = ['head', '1', '2', '3', '4', '5']
  screen.draw(lines, false)
  screen.draw(lines, true)
  expect(written).toEqual(['\x1b[Jhead\n  …\n4\n5\n', '\x1b[4F\x1b[Jhead\n1\n2\n3\n4\n5\n'])
})

test('what strangers sent cannot steer the terminal', () => {
  const { written, screen } = aTerminal(80, 24)
  screen.draw(['a\u001b[2Jb'], false)
  expect(written).toEqual(['\x1b[Ja [2Jb\n'])
})
