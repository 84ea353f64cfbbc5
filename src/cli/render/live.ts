import { age, duration, number, records } from './words.ts'

/** One activity that is under way, as Temporal describes it. */
export interface LiveActivity {
  activity: string
  attempt: number
  /** Decoded details of its last heartbeat. */
  details: unknown
  /** ISO 8601; absent before the first heartbeat. */
  heartbeatAt?: string
  lastFailure?: string
}

/** When the numbers were read: shown as their age, and no news in itself. */
const readAt = 'at'

/** Numbers that deserve a word of their own; others appear under their name. */
const known: Record<string, (value: number) => string> = {
  totalLag: (value) => `${records(value)} behind`,
  lag: (value) => `${records(value)} behind`,
  stillForMs: (value) => `still for ${duration(value / 1000)}`,
  of: (value) => `wanted ${duration(value / 1000)}`,
  recordsPerSecond: (value) => `${number(value)} records/s`,
  etaSeconds: (value) => `about ${duration(value)} left`,
  stalledForSeconds: (value) => (value < 1 ? '' : `has not moved for ${duration(value)}`),
}

/** `awaitMirrored: 120 records behind, 40 records/s, about 3 s left (2 s ago)`; with the last failure when it is retried. */
export function liveLine(live: LiveActivity, now: Date): string {
  const said = detailText(live.details)
  const at = readTime(live.details) ?? live.heartbeatAt
  const heard = at === undefined ? '' : ` (${age(at, now)} ago)`
  const retried = live.attempt > 1 ? `, try ${live.attempt}` : ''
  const failure = live.lastFailure === undefined ? '' : `; the last try failed: ${live.lastFailure}`
  return `${live.activity}${retried}${said === '' ? '' : `: ${said}${heard}`}${failure}`
}

/** A heartbeat may repeat numbers that were read some looks ago. */
function readTime(details: unknown): string | undefined {
  if (typeof details !== 'object' || details === null || !(readAt in details)) return undefined
  const at = details[readAt]
  return typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? at : undefined
}

/** The details without their age: what a change is told by. */
export function detailText(details: unknown): string {
  if (typeof details === 'string') return details
  if (typeof details === 'number') return number(details)
  if (typeof details !== 'object' || details === null || Array.isArray(details)) return ''
  return Object.entries(details)
    .filter(([name]) => name !== readAt)
    .map(([name, value]) => fieldText(name, value))
    .filter((text) => text !== '')
    .join(', ')
}

/** Texts that speak for themselves. */
const sentences = ['doing', 'detail', 'text']

/** So many items of a list are named; the rest are counted. */
const namedItems = 5

function fieldText(name: string, value: unknown): string {
  if (typeof value === 'number') return known[name]?.(value) ?? `${inWords(name)} ${number(value)}`
  if (typeof value === 'boolean') return `${inWords(name)} ${value ? 'yes' : 'no'}`
  if (typeof value === 'string' && value !== '') {
    if (sentences.includes(name)) return value
    return name === 'problem' ? `the last check failed: ${value}` : `${inWords(name)} ${value}`
  }
  const items = Array.isArray(value) ? value.map(itemText) : entriesOf(value)
  if (items.length === 0) return ''
  const more = items.length > namedItems ? `, … ${items.length - namedItems} more` : ''
  return `${inWords(name)} ${items.slice(0, namedItems).join(', ')}${more}`
}

function entriesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([name, item]) => `${name} ${itemText(item)}`)
}

/** One item, as far as it is numbers and words: `billing 12`, `billing members 2`. */
function itemText(item: unknown): string {
  if (typeof item === 'number') return number(item)
  if (typeof item === 'string') return item
  if (typeof item !== 'object' || item === null) return ''
  return Object.entries(item)
    .map(([name, value]) => (typeof value === 'number' ? `${inWords(name)} ${number(value)}` : itemText(value)))
    .filter((text) => text !== '')
    .join(' ')
}

const inWords = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
