import { roundTrips } from './round-trips.ts'

/**
 * A stand-in for the provider's interfaces, with the same MirrorMaker 2 behind it: A->B is disabled by a support case, B->A by
 * the run itself, and the fence is procedural.
 */
roundTrips({
  backend: 'event-streams',
  trips: [1],
  byCommand: 1,
  fence: ['fence-source#1'],
  tickets: { A: true, B: false },
})
