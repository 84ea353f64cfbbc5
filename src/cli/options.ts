/** Options every command takes. */
export interface GlobalOptions {
  config?: string
  address?: string
  namespace?: string
}

export interface FollowOptions {
  follow?: boolean
  /** Seconds; without a terminal, how long a run may wait for a person before the command leaves with exit code 4. */
  patience: number
}

export interface StartOptions extends GlobalOptions, FollowOptions {
  reason: string
  by: string
  mode?: 'planned' | 'forced'
  approvedBy?: string
  topics?: string[]
  createTopics?: boolean
  branch?: 'recover' | 'replace'
  replacement?: string
  adopt?: boolean
  dryRun?: boolean
  workflowId?: string
  taskQueue?: string
}
