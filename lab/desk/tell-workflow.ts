import type { DeskConfiguration } from './configuration.ts'

export type TicketCompleted = { ticketId: string; completedBy: string; note: string }

/** Sends the signal `ticketCompleted` to the workflow that waits for the ticket. */
export async function tellWorkflow(
  temporal: DeskConfiguration['temporal'],
  workflowId: string,
  completed: TicketCompleted,
): Promise<void> {
  // Loaded when it is first needed: the desk serves a second sooner without it.
  const { Client, Connection } = await import('@temporalio/client')
  const connection = await Connection.connect({ address: temporal.address })
  try {
    const client = new Client({ connection, namespace: temporal.namespace })
    await client.workflow.getHandle(workflowId).signal('ticketCompleted', completed)
  } finally {
    await connection.close()
  }
}
