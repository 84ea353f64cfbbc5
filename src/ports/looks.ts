import type { TicketNote } from '../contract/ticket-note.ts'
import type { ApplicationPort } from './applications.ts'
import type { ClusterLooks } from './cluster.ts'
import type { MirroringPort } from './mirroring.ts'
import type { Ports } from './ports.ts'
import type { TicketDeskPort } from './tickets.ts'

/** What changes something outside: activities get it only where the configuration was asked whether it may. */
export type MirroringWrites = Pick<MirroringPort, 'setSelection' | 'enable' | 'disable' | 'flush' | 'setPosition'>
export type ApplicationWrites = Pick<ApplicationPort, 'stop' | 'start' | 'prepare' | 'discard'>
export interface DeskWrites extends Pick<TicketDeskPort, 'open'> {
  /** On a ticket that a run of the pair opened, in the worker's words. */
  comment(comment: PermittedComment, signal?: AbortSignal): Promise<void>
}
export interface PermittedComment {
  id: string
  token: string
  link: { from: string; to: string }
  note: TicketNote
  workflowId: string
}

/** What only looks. */
export type MirroringLooks = Omit<MirroringPort, keyof MirroringWrites>
/** Whether it can be prepared is for everybody to see. */
export type ApplicationLooks = Omit<ApplicationPort, keyof ApplicationWrites> & { readonly prepare?: unknown }
export type DeskLooks = Omit<TicketDeskPort, keyof DeskWrites>

/** Everything outside, to be looked at. */
export interface LookingPorts extends Pick<Ports, 'schemaRegistry' | 'close'> {
  cluster(alias: string): ClusterLooks
  mirroring(pair: string, from: string, to: string): MirroringLooks
  application(pair: string, name: string): ApplicationLooks
  desk(pair: string): DeskLooks
}
