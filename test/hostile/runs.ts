/** `SWITCHBACK_HOSTILE=100 npx vitest run --project unit test/hostile` plays a hundred times as much as `npm test`. */
export function runs(count: number): { numRuns: number } {
  return { numRuns: count * Number(process.env['SWITCHBACK_HOSTILE'] ?? 1) }
}
