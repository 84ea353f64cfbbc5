import { afterAll, beforeAll } from 'vitest'
import type { Lab } from '../../lab/lab.ts'
import type { LabOptions } from '../../lab/options.ts'
import { useLab } from './harness.ts'
import { Product } from './product.ts'

/** Milliseconds: the worker bundles its workflows, and finds the pair. */
const START_TIMEOUT_MS = 300_000

/** A lab and the product on it, for the tests of a file. */
export type OnLab = { lab: () => Lab; product: () => Product }

export function useProduct(options: LabOptions): OnLab {
  const lab = useLab(options)
  let product: Product | undefined
  beforeAll(async () => {
    product = await Product.on(lab())
  }, START_TIMEOUT_MS)
  afterAll(() => product?.close())
  return {
    lab,
    product() {
      if (!product) throw new Error('the product is not up: use it in tests and hooks only')
      return product
    },
  }
}
