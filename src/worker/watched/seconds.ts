/** Unix time of an ISO 8601 text, as Prometheus has times. */
export function seconds(at: string): number {
  return Date.parse(at) / 1000
}
