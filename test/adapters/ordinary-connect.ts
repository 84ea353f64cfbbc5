import { readFileSync, writeFileSync } from 'node:fs'
import type { LabCluster } from '../../lab/kafka/cluster.ts'
import { connect, connectorConfig, untilState } from './mirroring-support.ts'

/**
 * Makes the Connect worker of a lab's cluster an ordinary one: Connect's own interval of flushes (60 s), no exactly-once. The
 * connector of the link stays, without exactly-once as well.
 */
export async function makeOrdinary({ connect: { process, url } }: LabCluster, connector: string): Promise<void> {
  const config = await connectorConfig(url, connector)
  await process.stop()
  const file = process.spec.args.at(-1)
  if (file === undefined) throw new Error('the worker has no file of properties')
  const lines = readFileSync(file, 'utf8').split('\n')
  const ours = /^(offset\.flush\.interval\.ms|exactly\.once\.source\.support)\b/
  writeFileSync(file, lines.filter((line) => !ours.test(line)).join('\n'), { mode: 0o600 })
  await process.start()
  await connect(url, 'PUT', `/connectors/${connector}/config`, { ...config, 'exactly.once.support': 'requested' })
  await untilState(url, connector, 'RUNNING', 1)
}
