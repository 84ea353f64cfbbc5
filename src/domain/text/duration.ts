/** `1.2 s`, `3 min 20 s`, `5 h 2 min`. */
export function duration(seconds: number): string {
  if (seconds < 59.95) return `${Math.round(seconds * 10) / 10} s`
  const minutes = Math.floor(Math.round(seconds) / 60)
  if (minutes < 60) return `${minutes} min ${Math.round(seconds) % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
