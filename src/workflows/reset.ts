import { operation } from './runbook/operation.ts'
import { approve } from './steps/approve.ts'
import { assess } from './steps/assess.ts'
import { awaitTicket } from './steps/await-ticket.ts'
import { confirmDisabled } from './steps/confirm-disabled.ts'
import { enableReverse } from './steps/enable-link.ts'
import { guardReturning } from './steps/guard-returning.ts'
import { openTicket } from './steps/open-ticket.ts'
import { selectTopics } from './steps/select-topics.ts'
import { settleStranded } from './steps/settle-stranded.ts'
import { verifyRemote } from './steps/verify-remote.ts'

/** Has the old link disabled and mirrors the other way: to the cluster that came back, or to a new one. */
export const reset = operation('reset', [
  guardReturning,
  assess,
  approve,
  openTicket,
  settleStranded,
  awaitTicket,
  confirmDisabled,
  enableReverse,
  selectTopics,
  verifyRemote,
])
