/** What stays behind when an application moves: nobody but a person carries it over. */
export type Stays = 'streams' | 'connect' | 'offsets'

interface Configured {
  readonly kind: 'producer' | 'consumer' | 'streams' | 'connect'
  readonly group?: string | undefined
  readonly offsets?: 'kafka' | 'external' | undefined
}

/** Whether it moves with the producers or with the consumers. A connector with a group is a sink, one without a source. */
export function roleOf({ kind, group }: Configured): 'producer' | 'consumer' {
  if (kind === 'streams') return 'consumer'
  if (kind === 'connect') return group === undefined ? 'producer' : 'consumer'
  return kind
}

export function staysOf({ kind, offsets }: Configured): Stays | undefined {
  if (kind === 'streams' || kind === 'connect') return kind
  return offsets === 'external' ? 'offsets' : undefined
}
