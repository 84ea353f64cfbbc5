import type { LabCluster } from '../../../lab/kafka/cluster.ts'
import type { Lab } from '../../../lab/lab.ts'
import type { Product } from '../../lab/product.ts'

/** What is taken away in the middle of a step, and given back a moment later. */
export const victimNames = [
  'worker',
  'temporal',
  'connect-A',
  'connect-B',
  'broker-A',
  'broker-B',
  'frozen-A',
  'frozen-B',
  'desk',
] as const
export type VictimName = (typeof victimNames)[number]

/** A victim on the side that the pair leaves, and returns to: with nothing to strike while that side is gone. */
export function isOnHomeSide(name: VictimName): boolean {
  return name.endsWith('-A')
}

/** A victim that consumers read from and commit to. */
export function isBroker(name: VictimName): boolean {
  return name.startsWith('broker-') || name.startsWith('frozen-')
}

/** SIGKILL, or SIGSTOP for `frozen`; `giveBack` returns when it serves again. */
export interface Victim {
  takeAway(): Promise<void>
  giveBack(): Promise<void>
}

/** `home`: the cluster that stands for A, which may have been replaced. */
export function victim(name: VictimName, lab: Lab, product: Product, home: () => LabCluster): Victim {
  const killed = (process: { kill(): Promise<void>; start(): Promise<void> }): Victim => ({
    takeAway: () => process.kill(),
    giveBack: () => process.start(),
  })
  const frozen = (cluster: { pause(): void; resume(): void }): Victim => ({
    takeAway: () => Promise.resolve(cluster.pause()),
    giveBack: () => Promise.resolve(cluster.resume()),
  })
  const victims: Record<VictimName, () => Victim> = {
    worker: () => ({ takeAway: () => product.killWorker(), giveBack: () => product.startWorker() }),
    temporal: () => killed(lab.temporal.process),
    'connect-A': () => killed(home().connect.process),
    'connect-B': () => killed(lab.b.connect.process),
    'broker-A': () => killed(home()),
    'broker-B': () => killed(lab.b),
    'frozen-A': () => frozen(home()),
    'frozen-B': () => frozen(lab.b),
    desk: () => killed(lab.desk.process),
  }
  return victims[name]()
}
