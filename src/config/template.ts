import { closest } from './closest.ts'

/** What is replaced in the arguments of an application's commands, and given in the environment as SWITCHBACK_<NAME>. */
export const commandPlaceholders = ['name', 'cluster', 'bootstrap', 'topics', 'group', 'phase', 'key'] as const
export type CommandPlaceholder = (typeof commandPlaceholders)[number]

/** What is replaced in the body of a ticket. */
export const ticketPlaceholders = [
  'token',
  'summary',
  'text',
  'link',
  'from',
  'to',
  'connectors',
  'pair',
  'workflowId',
  'workflowUrl',
] as const

const placeholder = /\{([A-Za-z]+)\}/g

/** Replaces `{word}` by the value of that name; any other text in braces stays as it is. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(placeholder, (whole, word: string) =>
    Object.hasOwn(values, word) ? (values[word] ?? '') : whole,
  )
}

/** Fills a JSON text: values are escaped, so that quotes and line breaks in them stay inside their string. */
export function fillJsonTemplate(template: string, values: Readonly<Record<string, string>>): string {
  const escaped = Object.entries(values).map(([word, value]) => [word, JSON.stringify(value).slice(1, -1)] as const)
  return fillTemplate(template, Object.fromEntries(escaped))
}

/** Words in braces that nobody replaces and that look like one somebody would: `{clutser}`. */
export function misspelt(template: string, known: readonly string[]): { word: string; meant: string }[] {
  return [...template.matchAll(placeholder)].flatMap(([, word = '']) => {
    const meant = known.includes(word) ? undefined : closest(word, known)
    return meant === undefined ? [] : [{ word, meant }]
  })
}

/** Placeholders of commands that stand in the text. */
export function usedPlaceholders(template: string): CommandPlaceholder[] {
  return commandPlaceholders.filter((word) => template.includes(`{${word}}`))
}
