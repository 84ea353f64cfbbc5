import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from '../../lab/lab.ts'
import { setBandwidth } from './bandwidth.ts'

/** How long the link gets next to nothing before the region is lost, in milliseconds: what is produced meanwhile is stranded. */
const DEGRADED_MS = 2_000

/** The network between the regions degrades first, then region A is lost with everything in it. */
export async function loseRegionA(lab: Lab): Promise<void> {
  await setBandwidth(lab.a, mirrorClient(lab), 'trickle')
  await sleep(DEGRADED_MS)
  await Promise.all([lab.a.kill(), lab.a.connect.process.kill()])
}

/** Region A is back: its broker with the data it had, the network, and its Connect worker. */
export async function bringRegionABack(lab: Lab): Promise<void> {
  const broker = lab.a.start().then(() => setBandwidth(lab.a, mirrorClient(lab), 'full'))
  await Promise.all([broker, lab.a.connect.process.start()])
}

/** As MirrorMaker calls the consumer of its only task. */
function mirrorClient(lab: Lab): string {
  return `A->B|${lab.connectors('A', 'B').source.name}-0|replication-consumer`
}
