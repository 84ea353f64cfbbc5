import { twoTopics } from './product.ts'
import { roundTrips } from './round-trips.ts'
import { useProduct } from './use-product.ts'

// Nothing here rests on how old a sample is.
const timing = { ...twoTopics.timing, watch: 2_000 }

roundTrips(useProduct({ ...twoTopics, timing, startApplicationsOn: 'A' }), {
  backend: 'mirrormaker2',
  trips: [1, 2, 3],
  byCommand: 2,
  fence: [],
  tickets: { A: true, B: true },
})
