/**
 * Mirroring of IBM Event Streams (Enterprise): the resource controller, and the admin REST interface and the monitoring of
 * the target. Of the source nothing is needed but, for what is proven by offsets, its brokers.
 *
 * @module
 */
import type { EventStreamsConfig } from './settings.ts'
import { precondition } from '../../ports/failures.ts'
import type { MirroringPort } from '../../ports/mirroring.ts'
import type { WithAccount } from '../../adapters/ibm/account.ts'
import { describeLink, probeLinkDisabled } from './describe.ts'
import { serviceFindings } from './findings.ts'
import { openLink, type EventStreamsParts } from './link.ts'
import { disableLink, enableLink } from './operation.ts'
import { comparePositions } from './positions.ts'
import { changeSelection } from './selection-change.ts'
import { latencyWitness } from './witness.ts'

export function createEventStreams(
  link: EventStreamsConfig,
  parts: EventStreamsParts,
  account: WithAccount,
): MirroringPort {
  const es = openLink(link, parts, account)
  const compare = comparePositions(es)
  return {
    from: link.from,
    to: link.to,
    describe: (signal) => describeLink(es, signal),
    mirroredTo: async (topics, signal) => {
      const { positions, incomparable } = await compare(topics, signal)
      const unknown = new Map(incomparable.map(({ topic, partitions }) => [topic, partitions]))
      return positions.map((position) => {
        const partitions = unknown.get(position.topic)
        return partitions === undefined ? position : { ...position, incomparable: partitions }
      })
    },
    setSelection: (text, expected, signal) => changeSelection(es, text, expected, signal),
    enable: (signal) => enableLink(es, signal),
    disable: (signal) => disableLink(es, signal),
    probeDisabled: (signal) => probeLinkDisabled(es, signal),
    witness: async (topics, signal) => latencyWitness(es, topics, (await compare(topics, signal)).incomparable, signal),
    findings: (signal) => serviceFindings(es, signal),
    setPosition: () =>
      Promise.reject(
        precondition(
          `${es.label}: the provider keeps the mirroring's position to itself, so it cannot be moved. Records that were settled are mirrored as well once the link is enabled`,
        ),
      ),
  }
}
