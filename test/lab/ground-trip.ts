import type { GroundName } from '../../lab/grounds/ground.ts'
import { defaultApplications, type LabOptions } from '../../lab/options.ts'
import { roundTrips } from './round-trips.ts'
import { useProduct } from './use-product.ts'

/** Milliseconds. Only what is a window of its own, or somebody's part; stalls and budgets are the product's defaults, so that a false alarm is seen. */
const timing = { stability: 1_000, poll: 300, watch: 2_000, ticketPoll: 3_600_000 }

const topics = [{ name: 'accounting.invoices', partitions: 3 }]

/** One round trip of one topic on a kind of installation that nobody has made for it. */
export function groundTrip(ground: GroundName): void {
  const options: LabOptions = {
    ground,
    topics,
    applications: defaultApplications(topics),
    recordsPerSecond: 40,
    timing,
  }
  roundTrips(useProduct({ ...options, startApplicationsOn: 'A' }), {
    backend: 'mirrormaker2',
    trips: [1],
    byCommand: 0,
    dryRun: false,
    fence: [],
    // On one ground: what is counted is the same on all of them.
    strangers: ground === 'open' ? 7 : 0,
    tickets: { A: true, B: true },
  })
}
