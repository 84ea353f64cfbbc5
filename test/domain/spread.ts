/** Numbers as different from each other as those of real logs, and the same in every run: [0, most). */
export function spread(seed = 1): (most: number) => number {
  let state = seed
  return (most) => {
    // Park and Miller's generator.
    state = (state * 48_271) % 2_147_483_647
    return state % most
  }
}

/** A topic's id, as unlike others as Kafka makes them. */
export function anId(next: (most: number) => number): string {
  const hex = Array.from({ length: 32 }, () => next(16).toString(16)).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
