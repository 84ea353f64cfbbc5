import { roundTrips } from './round-trips.ts'

roundTrips({ backend: 'mirrormaker2', trips: [1, 2, 3], byCommand: 2, fence: [], tickets: { A: true, B: true } })
