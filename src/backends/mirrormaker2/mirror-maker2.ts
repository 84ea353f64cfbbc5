import type { MirrorMaker2Config } from './settings.ts'
import { unreachable } from '../../ports/failures.ts'
import type { MirroringPort } from '../../ports/mirroring.ts'
import { ConnectTrouble } from './connect/trouble.ts'
import { describeLink } from './engine/describe.ts'
import { disableLink, probeLinkDisabled } from './engine/disable.ts'
import { enableLink } from './engine/enable.ts'
import { flushPositions } from './engine/flush.ts'
import type { Surroundings } from './engine/foreign.ts'
import { openLink } from './engine/link.ts'
import { movePositions, readPositions } from './engine/position.ts'
import { changeSelection } from './engine/selection-change.ts'

/**
 * A link made of MirrorMaker 2's connectors on a Kafka Connect cluster attached to the target. Failures are those of
 * `ports/failures.ts`; none carries a setting of a connector, which may be a password.
 */
export function createMirrorMaker2(link: MirrorMaker2Config, around: Surroundings | null = null): MirroringPort {
  const mm2 = openLink(link, around)
  return {
    from: link.from,
    to: link.to,
    describe: (signal) => reported(() => describeLink(mm2, signal)),
    mirroredTo: (topics, signal) => reported(() => readPositions(mm2, topics, signal)),
    setSelection: (text, expected, signal) => reported(() => changeSelection(mm2, text, expected, signal)),
    enable: (signal) => reported(() => enableLink(mm2, signal)),
    disable: (signal) => reported(() => disableLink(mm2, signal)),
    flush: (signal) => reported(() => flushPositions(mm2, signal)),
    probeDisabled: (signal) => reported(() => probeLinkDisabled(mm2, signal)),
    setPosition: (positions, signal) => reported(() => movePositions(mm2, positions, signal)),
  }
}

async function reported<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof ConnectTrouble)
      throw unreachable(
        `${error.message}. Check that the worker is up and that connect.url in switchback.yaml is its address`,
      )
    throw error
  }
}
