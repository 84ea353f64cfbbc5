import { beforeAll, describe } from 'vitest'
import { bringRegionABack, loseRegionA } from '../../scripts/demo/incident.ts'
import type { StandIn } from '../../lab/ibm/stand-in.ts'
import { forcedTrip } from './forced-trip.ts'
import { twoTopics } from './product.ts'
import { roundTrips } from './round-trips.ts'
import { useProduct } from './use-product.ts'

/** A token is good for so long: every wait outlives several. */
const TOKEN_SECONDS = 10

/**
 * A stand-in for the provider's interfaces, with the same MirrorMaker 2 behind it: A->B is disabled by a support case, B->A by
 * the run itself, and the fence is procedural.
 */
const on = useProduct({ ...twoTopics, backend: 'event-streams', startApplicationsOn: 'A' })
beforeAll(() => {
  cloud().faults.tokenSeconds = TOKEN_SECONDS
})

describe('planned', () => {
  roundTrips(on, {
    backend: 'event-streams',
    trips: [1],
    byCommand: 1,
    dryRun: true,
    fence: ['fence-source#1'],
    strangers: 0,
    tickets: { A: true, B: false },
  })
})

describe('forced', () => {
  forcedTrip(on, {
    lose: loseRegionA,
    back: bringRegionABack,
    noted: /how far A was mirrored is reported when it is back/,
    fence: 'procedure',
    strandedLater: true,
    // The worker is killed while the provider disables B->A.
    async troubled(run) {
      const release = cloud().hold()
      await run.untilStep('await-ticket', ['running'])
      await on.product().killWorker()
      await on.product().startWorker()
      await release()
    },
  })
})

function cloud(): StandIn {
  const found = on.lab().cloud
  if (!found) throw new Error('this lab has no stand-in')
  return found
}
