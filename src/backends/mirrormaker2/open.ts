import type { MirroringPort } from '../../ports/mirroring.ts'
import type { Around } from '../backend.ts'
import { type Neighbours, surroundingsOf } from './engine/foreign.ts'
import { createMirrorMaker2 } from './mirror-maker2.ts'
import type { MirrorMaker2Config } from './settings.ts'

export function open(link: MirrorMaker2Config, { needs }: Around<Neighbours>): Promise<MirroringPort> {
  return Promise.resolve(createMirrorMaker2(link, surroundingsOf(needs)))
}
