import { type WatchRule, some } from '../look.ts'

/**
 * Settings of the link's connectors that are not those of switchback.yaml, or, where it is silent, those seen when the watch
 * began. A value the connector does not have is written `(not set)`.
 */
export const settingsDrift: WatchRule = ({ link, from, to }, { settings }) => {
  if (link === null) return undefined
  const { settings: now, wantedSettings: wanted = {} } = link
  if (now === undefined) return null
  const value = (of: Readonly<Record<string, string>>, key: string): string => of[key] ?? '(not set)'
  const wrong = Object.keys(wanted)
    .filter((key) => now[key] !== wanted[key])
    .map((key) => `${key} is ${value(now, key)}, switchback.yaml has ${value(wanted, key)}`)
  const before = settings?.values ?? now
  const changed = [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((key) => !(key in wanted) && now[key] !== before[key])
    .map((key) => `${key} is ${value(now, key)}, was ${value(before, key)}`)
  const drift = [...wrong, ...changed].sort()
  if (drift.length === 0) return null
  return {
    severity: 'warning',
    text: `Connectors of ${from}->${to} are not configured as they should be: ${some(drift)}.`,
    todo: 'Set it back, or correct switchback.yaml. What switchback.yaml does not name is taken as right again after a day.',
  }
}
