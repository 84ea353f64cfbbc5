import { type OperationName, operations } from '../contract/names.ts'

interface Disable {
  pair: string
  from: string
  to: string
}

/** What a desk knows the request by: one for each operation of an episode and link. */
export function disableToken(x: Disable & { episode: number; operation: OperationName }): string {
  return `switchback/${x.pair}/${x.episode}/${x.operation}/disable/${x.from}->${x.to}`
}

/** What a desk is asked to do. */
export function ticketWords(x: Disable & { operation: OperationName; workflowId: string }): {
  summary: string
  text: string
} {
  const { pair, from, to, operation, workflowId } = x
  return {
    summary: `Disable Kafka mirroring ${from} -> ${to} (${pair})`,
    text:
      `Please disable the mirroring from cluster ${from} to cluster ${to} of ${pair}. ` +
      `It is needed by the ${operation} that runs as workflow ${workflowId}, which checks by itself that the link is ` +
      `off. When done, tell it with the signal ticketCompleted and {"ticketId": "<this ticket>", "completedBy": "<you>"}.`,
  }
}

/** The same by the token; null: it is none of a run of this pair that has this link disabled. */
export function disableTicketWords(
  token: string,
  { workflowId, ...disable }: Disable & { workflowId: string },
): ReturnType<typeof ticketWords> | null {
  // One that follows a ticket that was withdrawn says behind what it comes.
  const asked = token.replace(/\/after-\d{1,16}$/, '')
  const episode = Number(asked.split('/')[2])
  if (!Number.isSafeInteger(episode)) return null
  const operation = operations.find((one) => asked === disableToken({ ...disable, episode, operation: one }))
  return operation === undefined ? null : ticketWords({ ...disable, operation, workflowId })
}
