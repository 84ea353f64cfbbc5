import { defaults } from './defaults.ts'
import type { Ground } from './ground.ts'

/** Made to lose a machine: three nodes, three replicas, two Connect workers with their default patience, TLS of a private authority. */
export const ha: Ground = {
  ...defaults,
  name: 'ha',
  what: 'as defaults, with three brokers and two Connect workers on each side, and TLS with a private authority everywhere',
  brokers: 3,
  workers: 2,
  transport: 'ssl',
}
