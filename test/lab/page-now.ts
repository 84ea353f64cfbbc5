import type { OperationName } from '../../src/contract/names.ts'
import type { Product } from './product.ts'

/** The pair's front page, as Temporal's UI gets it. */
export async function pageOf(product: Product): Promise<string> {
  const { currentDetails } = await product.pair().query<{ currentDetails?: string }>('__temporal_workflow_metadata')
  return currentDetails ?? ''
}

/** The input that the pair's page has ready to paste; throws when it offers another operation, or none. */
export async function offered(product: Product, operation: OperationName): Promise<Record<string, unknown>> {
  const page = await pageOf(product)
  const [, behind] = page.split(`[Start ${operation}]`)
  const [, input] = behind?.split(/```(?:json)?\n/) ?? []
  if (input === undefined) throw new Error(`the page offers no ${operation}: ${page}`)
  return JSON.parse(input) as Record<string, unknown>
}

/** Advice of a finding that would undo what an open episode has done, and a check mark for a link that was left. */
export const harmful = /Add them to the connector's topics|Run reset|Stop those consumers|✔ mirrored A->B/
