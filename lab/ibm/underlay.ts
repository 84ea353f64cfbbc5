import type { MirroringOptions } from './transforms.ts'

/** What really moves records between the clusters behind the stand-in. */
export type Underlay = {
  /** Begins to mirror nothing yet; a link that was there before goes on where it stopped. */
  enable(from: string, to: string, options: MirroringOptions): Promise<void>
  disable(from: string, to: string): Promise<void>
  /** Patterns over names on the source. */
  select(from: string, to: string, patterns: readonly string[]): Promise<void>
  /** Names, on the source, of the topics that are mirrored now. */
  active(from: string, to: string): Promise<string[]>
  /** Partitions of a topic; null when the cluster does not have it. */
  partitions(alias: string, topic: string): Promise<number | null>
  serves(alias: string): Promise<boolean>
  /** Records not mirrored yet, by topic, and records mirrored so far; null when the source does not answer. */
  lag(from: string, to: string): Promise<{ behind: Map<string, number>; mirrored: number } | null>
}
