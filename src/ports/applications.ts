export interface ApplicationState {
  state: 'running' | 'stopped' | 'unknown'
  /** Alias of the cluster it runs against, when it tells. */
  cluster?: string
  topics?: string[]
  detail?: string
}

/** Where and on what an application is to run. */
export interface ApplicationTarget {
  cluster: string
  /** The topics it reads or writes in this phase. */
  topics: string[]
  /** Id of its group on that cluster; an application without a group has none. */
  group?: string
  /** `remote-first`: only remote topics for now; `all`: everything. */
  phase: 'remote-first' | 'all'
  /** A person answers for it that it does not run elsewhere: a probe that cannot tell does not hold it back. */
  answeredFor?: true
}

/** Stops and starts one application. Both are idempotent; the state probe decides whether anything is left to do. */
export interface ApplicationPort {
  readonly name: string
  /** `manual`: a person acts and confirms; then stop and start only say what is to be done. */
  readonly adapter: string
  state(signal?: AbortSignal): Promise<ApplicationState>
  stop(key: string, signal?: AbortSignal): Promise<ApplicationState>
  start(target: ApplicationTarget, key: string, signal?: AbortSignal): Promise<ApplicationState>
  /**
   * Where its control can do it: brings it up on a cluster, connected and writing nothing until `start`, while it still runs
   * elsewhere. No state shows it.
   */
  prepare?(target: ApplicationTarget, key: string, signal?: AbortSignal): Promise<void>
  /** Ends what was prepared on a cluster, by a stop there. What runs elsewhere is no concern of it. */
  discard?(cluster: string, key: string, signal?: AbortSignal): Promise<void>
  /** The instruction for a person, of a manual application. */
  instruction(action: 'stop' | 'start', target?: ApplicationTarget): string
}
