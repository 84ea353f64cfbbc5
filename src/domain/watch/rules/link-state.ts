import { type WatchRule, some } from '../look.ts'

/** A link that does not run mirrors nothing, also while nothing waits yet. */
export const linkState: WatchRule = ({ link, from, to }) => {
  if (link === null) return undefined
  if (link.state === 'running' && link.failedTasks.length === 0) return null
  const failed = link.failedTasks.length === 0 ? '' : ` Failed: ${some(link.failedTasks)}.`
  return {
    severity: 'blocking',
    text: `The link ${from}->${to} is ${link.state} (${link.detail}).${failed}`,
    todo: 'Resume the connector, or restart its failed tasks.',
  }
}
