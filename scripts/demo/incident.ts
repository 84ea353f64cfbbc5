import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from '../../lab/lab.ts'
import { setBandwidth } from './bandwidth.ts'

/** How long the link gets next to nothing before the region is lost, in milliseconds: what is produced meanwhile is stranded. */
const DEGRADED_MS = 2_000

/** The network between the regions degrades first, then region A is lost with everything in it. */
export async function loseRegionA(lab: Lab): Promise<void> {
  await setBandwidths(lab, 'trickle')
  await sleep(DEGRADED_MS)
  await Promise.all([lab.a.kill(), lab.a.connect.process.kill()])
}

/** Region A is back: its broker with the data it had, the network, and its Connect worker. */
export async function bringRegionABack(lab: Lab): Promise<void> {
  const broker = lab.a.start().then(() => setBandwidths(lab, 'full'))
  await Promise.all([broker, lab.a.connect.process.start()])
}

/** Of each task that reads A. */
async function setBandwidths(lab: Lab, width: 'trickle' | 'full'): Promise<void> {
  for (const client of mirrorClients(lab)) await setBandwidth(lab.a, client, width)
}

/** As MirrorMaker calls the consumers of its tasks. */
function mirrorClients(lab: Lab): string[] {
  const { name, config } = lab.connectors('A', 'B').source
  const tasks = Number(config['tasks.max'] ?? 1)
  return Array.from({ length: tasks }, (_, task) => `A->B|${name}-${task}|replication-consumer`)
}
