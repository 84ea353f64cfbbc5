import { isNode, type Document, type LineCounter } from 'yaml'

/** Keys and indexes from the top of the file. */
export type Path = readonly PropertyKey[]

/** Something to mend, before it is told with its place. */
export interface Fault {
  path: Path
  message: string
}

/** `pairs.accounting.links[0].source.config["tasks.max"]` */
export function pathText(path: Path): string {
  let text = ''
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`
    else if (/^[\w-]+$/.test(String(key))) text += text === '' ? String(key) : `.${String(key)}`
    else text += `[${JSON.stringify(String(key))}]`
  }
  return text === '' ? 'the file' : text
}

/** Line of the path in the file, or of the nearest thing above it that is there; undefined for an empty file. */
export function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return undefined
}
