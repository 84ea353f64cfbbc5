import { pairUpdates } from '../../contract/definitions.ts'
import { adoptRequest, type Recall } from '../../contract/memory.ts'
import { pairWorkflowId } from '../../contract/names.ts'
import { confirmInTerminal } from '../confirmation.ts'
import { exitCodes, refusal, type ExitCode } from '../exit-codes.ts'
import type { GlobalOptions } from '../options.ts'
import { remark, say } from '../output.ts'
import { shellWord } from '../render/words.ts'
import { checkShape } from '../shape.ts'
import { withTemporal } from '../temporal/connect.ts'
import { update } from '../temporal/run-queries.ts'

export interface AdoptPairOptions extends GlobalOptions {
  by: string
  from: 'memory' | 'clusters' | 'here'
  active?: string
  note?: string
  yes?: boolean
}

/** `switchback pair adopt`: shows what the clusters remember, asks, and rebuilds the pair from exactly that. */
export async function adoptPair(pair: string, options: AdoptPairOptions): Promise<ExitCode> {
  const { by, from, active, note } = options
  const fields = { by, from, active, note }
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  const asked = checkShape(adoptRequest, given, `adopt ${pair}`)
  return withTemporal(options, async (temporal) => {
    const id = pairWorkflowId(pair)
    const recall = await update(temporal, id, pairUpdates.recall, { by })
    say(recall.text)
    if (from === 'memory' && recall.best === null) {
      const side = active ?? recall.active ?? '<alias>'
      throw refusal(
        `Nothing is remembered of ${pair}. To go on from the clusters as they run now: switchback pair adopt ${shellWord(pair)} --by ${shellWord(by)} --from clusters --active ${side}`,
      )
    }
    await confirmInTerminal(question(pair, options, recall), options)
    const bound = from === 'memory' && recall.best ? { checksum: recall.best.checksum } : {}
    const { message } = await update(temporal, id, pairUpdates.adopt, { ...asked, ...bound })
    say(`✔ ${message}`)
    remark(`switchback: see \`switchback status ${shellWord(pair)}\`.`)
    return exitCodes.success
  })
}

function question(pair: string, { from, active }: AdoptPairOptions, recall: Recall): string {
  if (from === 'memory') return `Go on with ${pair} from revision ${recall.best?.revision ?? '?'}?`
  if (from === 'here') return `Keep ${pair} as this Temporal has it, and write over what the clusters remember?`
  return `Go on with ${pair} as the clusters run, with ${active ?? recall.active ?? 'no side known as'} active?`
}
