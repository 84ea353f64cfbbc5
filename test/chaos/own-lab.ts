import { startLab, type Lab } from '../../lab/lab.ts'
import type { LabOptions } from '../../lab/options.ts'
import { chosenGround } from '../lab/ground.ts'
import { Product } from '../lab/product.ts'

/**
 * Plays on a lab and a worker of its own; answers after how many seconds all of it was over. Never throws: what went wrong
 * is added to `faults`, and then the lab's folder stays, with its logs and records.
 */
export async function onOwnLab(
  options: LabOptions,
  faults: string[],
  told: (line: string) => void,
  play: (lab: Lab, product: Product) => Promise<void>,
): Promise<number> {
  const began = Date.now()
  let lab: Lab | undefined
  let product: Product | undefined
  try {
    lab = await startLab({ ground: chosenGround(), ...options, startApplicationsOn: 'A' })
    product = await Product.on(lab)
    await play(lab, product)
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error))
  } finally {
    const keep = faults.length > 0
    if (keep && lab) told(`logs and records: ${lab.dir}`)
    await product?.close()
    await lab?.stop({ remove: !keep })
  }
  return Math.round((Date.now() - began) / 100) / 10
}
