/** Lines of a table: the first column to the left, numbers to the right. */
export function tableLines(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cells = [header, ...rows.map((row) => row.map(String))]
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  const [first = [], ...others] = cells
  return [line(first), widths.map((width) => '─'.repeat(width)).join('  '), ...others.map(line)]
}
