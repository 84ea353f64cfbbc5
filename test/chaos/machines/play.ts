import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from '../../../lab/lab.ts'
import type { ManagedProcess } from '../../../lab/process/managed-process.ts'
import type { TopicVerdict } from '../../../lab/verdict.ts'
import type { StepId } from '../../../src/contract/steps.ts'
import { finalVerdicts } from '../../lab/judged.ts'
import { business, timing, type Product } from '../../lab/product.ts'
import { onOwnLab } from '../own-lab.ts'

/** Milliseconds of production before the failover, and after it. */
const BUSINESS_MS = 2_500
/** Milliseconds until a platform has given a lost worker back; far below Connect's patience, so that its tasks come back with it. */
const WORKER_AWAY_MS = 10_000
/** Milliseconds for all of a run: a Connect cluster that has lost a worker settles within minutes. */
const PATIENCE_MS = 600_000
/** In the middle of the window in which nobody can write. */
const STRUCK_IN: StepId = 'fence-source'

/** What came of a planned failover in the middle of which machines were lost. It went well when `faults` is empty. */
export type MachinesReport = {
  seconds: number
  /** Who was killed, as the lab names them. */
  lost: string[]
  failoverSeconds: number | null
  verdicts: TopicVerdict[]
  /** Each in a sentence. */
  faults: string[]
}

/**
 * A planned failover during which one broker of each side and one Connect worker are lost: the worker comes back as from a platform
 * that restarts it, the brokers stay away until the records are counted. Never throws.
 */
export async function playMachinesLost(told: (line: string) => void = () => undefined): Promise<MachinesReport> {
  const report: MachinesReport = { seconds: 0, lost: [], failoverSeconds: null, verdicts: [], faults: [] }
  const options = { recordsPerSecond: 40, timing }
  report.seconds = await onOwnLab(options, report.faults, told, (lab, product) => play(lab, product, report, told))
  return report
}

async function play(lab: Lab, product: Product, report: MachinesReport, told: (line: string) => void): Promise<void> {
  const { brokers, workers, name } = lab.ground
  if (brokers === 1 || workers === 1) throw new Error(`the ground ${name} has no machine that it could do without`)
  await product.ready()
  await business(BUSINESS_MS)
  const run = await product.start('failover')
  const [outcome] = await Promise.all([
    run.carry({ patienceMs: PATIENCE_MS }),
    run.untilStep(STRUCK_IN, ['running', 'done']).then(() => strike(lab, report, told)),
  ])
  report.failoverSeconds = outcome.seconds
  told(`failover: ${outcome.state} after ${outcome.seconds.toFixed(1)} s, asked ${outcome.asked.join(', ')}`)
  if (outcome.state !== 'succeeded')
    report.faults.push(`the failover ended as ${outcome.state}: ${outcome.failure ?? ''}`)
  await business(BUSINESS_MS)
  report.verdicts = await finalVerdicts(lab)
  for (const { topic, lost, outOfOrder, duplicated, sent, received } of report.verdicts)
    if (lost > 0 || outOfOrder > 0 || received < sent)
      report.faults.push(
        `${topic}: ${lost} lost, ${outOfOrder} out of order, ${duplicated} twice, ${received} of ${sent}`,
      )
}

async function strike({ a, b }: Lab, report: MachinesReport, told: (line: string) => void): Promise<void> {
  const [worker] = b.connect.process.members
  const victims = [a.broker.members[0], b.broker.members[1], worker].filter((one) => one !== undefined)
  report.lost = victims.map(({ spec }: ManagedProcess) => spec.name)
  told(`lost: ${report.lost.join(', ')}`)
  await Promise.all(victims.map((victim) => victim.kill()))
  await sleep(WORKER_AWAY_MS)
  await worker?.start()
  told(`${worker?.spec.name} is back`)
}
