import { beforeAll, expect, test } from 'vitest'
import { readSent } from '../../lab/apps/records.ts'
import { until } from '../../lab/process/wait.ts'
import { mirroringHeld, selectedNow } from './clusters-now.ts'
import { forcedTrip } from './forced-trip.ts'
import { business, twoTopics } from './product.ts'
import { useProduct } from './use-product.ts'

/** Milliseconds of production that is not mirrored. */
const BACKLOG_MS = 3_000
/** Milliseconds of production that is mirrored, and read by nobody on A. */
const UNREAD_MS = 1_500

const { lab, product } = useProduct({ ...twoTopics, startApplicationsOn: 'A' })

// As somebody writes it: in an order of its own, and with a name as it is.
beforeAll(async () => {
  await selectedNow(lab(), 'A', 'B', 'orders.eu,accounting\\.invoices')
})

forcedTrip(
  { lab, product },
  {
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
    deaf: 'ordering',
    connectStarts: true,
  },
)

test('a source that hangs instead of dying holds no producer back either: its connections stay open, and nobody answers', async () => {
  await lab().apps.startAll('A')
  await product().ready()
  await business(UNREAD_MS)
  const since = Date.now()
  lab().a.pause()
  lab().a.connect.process.pause()
  const run = await product().start('failover', { mode: 'forced' })
  await run.approve()
  const { steps } = await run.untilStep('start-producers', ['done'])
  // What it did come to before is not asked of the side that hangs.
  expect(steps.find(({ id }) => id === 'disable-topics')?.state).toBe('pending')
  const onB = () => readSent(lab().dir).some((record) => record.cluster === 'B' && record.at >= since)
  await until(onB, { what: 'a record on B', timeoutMs: 120_000, pollMs: 300 })
  await run.untilStep('start-consumers', ['done'])
}, 600_000)
