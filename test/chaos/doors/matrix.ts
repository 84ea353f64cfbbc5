import { startTemporal } from '../../workflows/stage.ts'
import type { Cell } from './cell.ts'
import { ManyPairs } from './many-pairs.ts'
import { DoorMatrix, type PlayedCell } from './play.ts'

/** Pairs that are played at the same time, where nothing else is said: they mostly wait. */
const usually = 6

/** Plays cells on a dev server of its own, whose runs and pairs are independent of each other. In the order of `cells`. */
export async function playCells(
  cells: readonly Cell[],
  told: (cell: PlayedCell) => void = () => undefined,
  atATime: number = usually,
): Promise<PlayedCell[]> {
  const env = await startTemporal()
  const pairs = new ManyPairs(env)
  try {
    await pairs.start()
    const matrix = new DoorMatrix(pairs)
    const played: PlayedCell[] = []
    const rest = [...cells.entries()]
    const workOn = async (): Promise<void> => {
      for (let next = rest.shift(); next; next = rest.shift()) {
        const [index, cell] = next
        const done = await matrix.play(cell)
        played[index] = done
        told(done)
      }
    }
    await Promise.all(Array.from({ length: Math.min(atATime, cells.length) }, workOn))
    return played
  } finally {
    await pairs.close()
    await env.teardown()
  }
}
