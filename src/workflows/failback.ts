import { operation } from './runbook/operation.ts'
import { approve } from './steps/approve.ts'
import { assess } from './steps/assess.ts'
import { awaitTicket } from './steps/await-ticket.ts'
import { confirmDisabled } from './steps/confirm-disabled.ts'
import { confirmMirrored } from './steps/confirm-mirrored.ts'
import { createTopics } from './steps/create-topics.ts'
import { disableTopics } from './steps/disable-topics.ts'
import { drainConsumers } from './steps/drain-consumers.ts'
import { enableOriginal } from './steps/enable-link.ts'
import { fenceSource } from './steps/fence-source.ts'
import { handOverConsumers, handOverProducers } from './steps/hand-over-state.ts'
import { markCut } from './steps/mark-cut.ts'
import { openTarget } from './steps/open-target.ts'
import { openTicket } from './steps/open-ticket.ts'
import { placeGroups } from './steps/place-groups.ts'
import { selectTopics } from './steps/select-topics.ts'
import { startConsumers } from './steps/start-consumers.ts'
import { startProducers } from './steps/start-producers.ts'
import { stopConsumers } from './steps/stop-consumers.ts'
import { stopProducers } from './steps/stop-producers.ts'
import { verify } from './steps/verify.ts'
import { verifyRemote } from './steps/verify-remote.ts'

/** Moves producers and consumers back, and restores the original mirroring: failover's own steps, and the ticket's. */
export const failback = operation('failback', [
  assess,
  approve,
  createTopics,
  stopProducers,
  fenceSource,
  confirmMirrored,
  disableTopics,
  openTarget,
  handOverProducers,
  markCut,
  startProducers,
  drainConsumers,
  stopConsumers,
  placeGroups,
  handOverConsumers,
  startConsumers,
  openTicket,
  awaitTicket,
  confirmDisabled,
  enableOriginal,
  selectTopics,
  verifyRemote,
  verify,
])
