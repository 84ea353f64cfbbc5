import { twoTopics } from './product.ts'
import { roundTrips } from './round-trips.ts'
import { useProduct } from './use-product.ts'

roundTrips(useProduct({ ...twoTopics, startApplicationsOn: 'A' }), {
  backend: 'mirrormaker2',
  trips: [1, 2],
  byCommand: 2,
  dryRun: true,
  fence: [],
  strangers: 0,
  tickets: { A: true, B: true },
  part: { trip: 2, topics: ['accounting.invoices'] },
})
