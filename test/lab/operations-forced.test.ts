import { mirroringHeld } from './clusters-now.ts'
import { forcedTrip } from './forced-trip.ts'
import { business, twoTopics } from './product.ts'
import { useProduct } from './use-product.ts'

/** Milliseconds of production that is not mirrored. */
const BACKLOG_MS = 3_000
/** Milliseconds of production that is mirrored, and read by nobody on A. */
const UNREAD_MS = 1_500

forcedTrip(useProduct({ ...twoTopics, startApplicationsOn: 'A' }), {
  async lose(lab) {
    // It is to be read on B.
    await business(UNREAD_MS)
    await mirroringHeld(lab, 'A', 'B', true)
    await business(BACKLOG_MS)
    await Promise.all([lab.a.kill(), lab.a.connect.process.kill()])
  },
  async back(lab) {
    await Promise.all([lab.a.start(), lab.a.connect.process.start()])
  },
  // Paused, it would keep its old selection, and copy by it when somebody resumes it later.
  noted: /A->B was paused: it was stopped/,
  fence: 'acls',
  strandedLater: false,
  strikeBarrier: true,
})
