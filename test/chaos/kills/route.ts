import type { Lab } from '../../../lab/lab.ts'
import type { OperationName } from '../../../src/contract/names.ts'
import type { Settlement } from '../../../src/contract/dossier.ts'
import { mirroredTo, mirroringHeld } from '../../lab/clusters-now.ts'
import { business } from '../../lab/product.ts'
import type { StrandedRange } from '../disasters/account.ts'

/** Milliseconds of production that never come over before A is lost. */
const BACKLOG_MS = 1_500

/**
 * A way through all three runbooks. `planned`: A is left in order, and returned to. `forced`: A is lost with records that are
 * not mirrored, comes back, and they are copied to B. `replace`: A is lost for good, and C takes its place.
 */
export const routeNames = ['planned', 'forced', 'replace'] as const
export type RouteName = (typeof routeNames)[number]

export interface Act {
  operation: OperationName
  input: Record<string, unknown>
  settle?: Settlement['action']
  /** What happens to the clusters before it. */
  before?: (lab: Lab) => Promise<void>
}

export interface Route {
  acts: Act[]
  /** The cluster that the pair ends on. */
  home: 'A' | 'C'
  /** Tickets at the end, in their order. */
  tickets: string[]
  /** Ids of what the pair still owes at the end. */
  owed: string[]
  /** Ids of what it owes besides when a stop was given up: a person says that those producers are stopped. */
  mayOwe: string[]
  /** What A holds that never came to B, once it is known: from the first such offset of each partition on. */
  stranded: StrandedRange[]
  /** When A came back, in ms since 1970; 0 while it was never lost, or for good. */
  backAt: number
}

/** A is replaced because nobody reaches it any more: should it ever answer, its writes are fenced, and until then that is owed. */
const fenceOfA = 'fence/A/1'

export function route(name: RouteName): Route {
  const stranded: StrandedRange[] = []
  const common = { stranded, backAt: 0, mayOwe: [] }
  const back = ['A->B processed', 'B->A processed']
  const failback: Act = { operation: 'failback', input: {} }
  if (name === 'planned')
    return {
      ...common,
      acts: [{ operation: 'failover', input: {} }, { operation: 'reset', input: { branch: 'recover' } }, failback],
      home: 'A',
      tickets: back,
      owed: [],
    }
  const lost: Act = {
    operation: 'failover',
    input: { mode: 'forced' },
    before: async (lab) => {
      await mirroringHeld(lab, 'A', 'B', true)
      await business(BACKLOG_MS)
      await Promise.all([lab.a.kill(), lab.a.connect.process.kill()])
      stranded.push(...(await neverMirrored(lab)))
    },
  }
  const comesBack = async (lab: Lab) => {
    chosen.backAt = Date.now()
    await Promise.all([lab.a.start(), lab.a.connect.process.start()])
  }
  const recover: Act = { operation: 'reset', input: { branch: 'recover' }, settle: 'replay', before: comesBack }
  const replace: Act = { operation: 'reset', input: { branch: 'replace', replacement: 'C' }, before: replaced }
  const chosen: Route =
    name === 'forced'
      ? { ...common, acts: [lost, recover, failback], home: 'A', tickets: back, owed: [] }
      : {
          ...common,
          acts: [lost, replace, failback],
          home: 'C',
          tickets: ['A->B processed', 'B->C processed'],
          owed: [fenceOfA],
          mayOwe: ['stop-producers/A/1'],
        }
  return chosen
}

async function replaced(lab: Lab): Promise<void> {
  await lab.addCluster('C')
}

/** All that A may hold beyond the last record that Connect has acknowledged on B. */
async function neverMirrored(lab: Lab): Promise<StrandedRange[]> {
  const onB = await mirroredTo(lab, 'A', 'B')
  return lab.topics.flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({
      cluster: 'A',
      topic: name,
      partition,
      from: (onB.get(name)?.get(partition) ?? -1) + 1,
      to: Number.MAX_SAFE_INTEGER,
    })),
  )
}
