import type { SupportDesk } from './desk.ts'
import { ibmCases } from './ibm-cases/declaration.ts'
import { manual } from './manual/declaration.ts'
import { webhook } from './webhook/declaration.ts'

/** The only list of desks. */
export const desks = [webhook, ibmCases, manual] as const satisfies readonly SupportDesk[]
