/** An answer as its owner documents it. */
export interface Answer {
  status: number
  body: unknown
}

/** What an owner that is broken, or is not the owner any more, does with an answer. `at`: with which request of a call. */
export interface Spoiled {
  at: number
  how:
    | { kind: 'value'; where: number[]; value: unknown }
    | { kind: 'missing'; where: number[] }
    | { kind: 'repeated'; where: number[]; times: number }
    | { kind: 'status'; status: number }
    | { kind: 'text'; text: string }
    | { kind: 'cut'; at: number }
    | { kind: 'bomb' }
    | { kind: 'endless' }
    | { kind: 'silent' }
    | { kind: 'broken' }
}

/** The answer with the change in it; the original where the change has no place. */
export function changed(body: unknown, how: Spoiled['how']): unknown {
  if (how.kind !== 'value' && how.kind !== 'missing' && how.kind !== 'repeated') return body
  const tree: unknown = structuredClone(body)
  const place = placeOf(tree, how.where)
  if (place === null) return how.kind === 'value' ? how.value : tree
  const { parent, key } = place
  if (how.kind === 'value') put(parent, key, how.value)
  else if (how.kind === 'missing') {
    if (Array.isArray(parent)) parent.splice(Number(key), 1)
    else delete parent[key]
  } else if (Array.isArray(parent)) parent.push(...Array.from({ length: how.times }, () => parent[Number(key)]))
  else for (let n = 0; n < how.times; n += 1) put(parent, `${key}-${n}`, parent[key])
  return tree
}

type Branch = unknown[] | Record<string, unknown>

function put(parent: Branch, key: string, value: unknown): void {
  if (Array.isArray(parent)) parent[Number(key)] = value
  else parent[key] = value
}

/** Follows the numbers down, each modulo what is there. */
function placeOf(tree: unknown, path: readonly number[]): { parent: Branch; key: string } | null {
  let place: { parent: Branch; key: string } | null = null
  let at: unknown = tree
  for (const step of path) {
    if (typeof at !== 'object' || at === null) break
    const keys = Object.keys(at)
    const key = keys[step % Math.max(1, keys.length)]
    if (key === undefined) break
    place = { parent: at as Branch, key }
    at = (at as Record<string, unknown>)[key]
  }
  return place
}
