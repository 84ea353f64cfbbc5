/** One thing that was looked at. `remark` fails nothing: it is for a person to know. */
export interface CheckLine {
  verdict: 'ok' | 'failed' | 'remark'
  what: string
  /** What was found, and what to do when it is not right. */
  text: string
}

const marks = { ok: '✔', failed: '✖', remark: '!' } as const

export const ok = (what: string, text: string): CheckLine => ({ verdict: 'ok', what, text })
export const failed = (what: string, text: string): CheckLine => ({ verdict: 'failed', what, text })
export const remarkOn = (what: string, text: string): CheckLine => ({ verdict: 'remark', what, text })

/** Lines of text, what was looked at in one column. Pure. */
export function checkLines(lines: CheckLine[]): string[] {
  const width = Math.max(0, ...lines.map(({ what }) => what.length))
  return lines.map(({ verdict, what, text }) => {
    const indent = `\n${' '.repeat(width + 4)}`
    return `${marks[verdict]} ${what.padEnd(width)}  ${text.trim().split('\n').join(indent)}`
  })
}
