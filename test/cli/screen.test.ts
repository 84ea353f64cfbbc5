import { expect, test } from 'vitest'
import { Screen } from '../../src/cli/screen.ts'

function aTerminal(columns: number, rows: number, paints = false): { written: string[]; screen: Screen } {
  const written: string[] = []
  return {
    written,
    screen: new Screen({ columns, rows, write: (text: string | Uint8Array) => written.push(String(text)) > 0 }, paints),
  }
}

test('a picture is drawn over the one before, broken lines counted', () => {
  const { written, screen } = aTerminal(10, 24)
  screen.draw(['head', 'a line of 21 columns.'], false)
  screen.draw(['head'], false)
  screen.draw([], true)
  expect(written).toEqual(['\x1b[Jhead\na line of\n  21\n  columns.\n', '\x1b[4F\x1b[Jhead\n', '\x1b[1F\x1b[J'])
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

test('what waits for a person stands out, on each of its lines', () => {
  const { written, screen } = aTerminal(12, 24, true)
  screen.draw(['head', '⏸ asks who is there', '    $ switchback approve x'], true)
  expect(written.join('')).toBe(
    '\x1b[Jhead\n\x1b[1;36m⏸ asks who\x1b[0m\n\x1b[1;36m  is there\x1b[0m\n\x1b[1;36m    $ switchback approve x\x1b[0m\n',
  )
})
