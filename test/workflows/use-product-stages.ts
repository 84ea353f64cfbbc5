import { inNormalTimes, invoicesConfig, type RawConfig } from './invoices.ts'
import { ProductStage } from './product-stage.ts'
import { useStagesOf } from './use-stages.ts'

/**
 * One Temporal server for the tests of a file, and a stage of its own for each of them, whose worker is up. `configured` changes the
 * configuration, `prepare` the world, before that.
 *
 * @example
 * const stage = useProductStages('story')
 * test('…', async () => { await stage().start('failover') })
 */
export function useProductStages(
  name: string,
  {
    configured,
    prepare = () => undefined,
  }: { configured?: (raw: RawConfig) => void; prepare?: (stage: ProductStage) => void } = {},
): () => ProductStage {
  return useStagesOf(name, (env, pair) => {
    const stage = new ProductStage(env, invoicesConfig(pair, configured), pair)
    inNormalTimes(stage.world)
    prepare(stage)
    return stage
  })
}
