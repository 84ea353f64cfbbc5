import { age, clock } from './words.ts'

/** A run as the visibility store has it. */
export interface RunRow {
  workflowId: string
  operation: string
  pair: string
  state: string
  startedAt: string
  closedAt?: string
}

/** Runs as a table, in the order given. Pure. */
export function runRows(rows: RunRow[], now: Date): string[] {
  const cells = rows.map((row) => [
    row.pair,
    row.operation,
    row.state,
    row.closedAt === undefined
      ? `since ${clock(row.startedAt, now)} (${age(row.startedAt, now)})`
      : `ended ${clock(row.closedAt, now)}`,
    row.workflowId,
  ])
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
