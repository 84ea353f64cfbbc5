/**
 * Records the golden histories of test/histories anew, over the small world of test/workflows and a Temporal dev server of
 * its own: `npx tsx scripts/record-histories.ts [scenario…]`. To be done when a change of what a run does is meant.
 */
import { Stage, startTemporal } from '../test/workflows/stage.ts'
import { Recorder } from './histories/recorder.ts'
import { scenarios } from './histories/scenarios.ts'

const named = process.argv.slice(2)
const unknown = named.filter((name) => !Object.hasOwn(scenarios, name))
if (unknown.length > 0) {
  console.error(`there is no scenario ${unknown.join(', ')}; scenarios: ${Object.keys(scenarios).join(', ')}`)
  process.exit(2)
}

const env = await startTemporal()
const recorder = new Recorder()
try {
  for (const [name, play] of Object.entries(scenarios)) {
    if (named.length > 0 && !named.includes(name)) continue
    const stage = new Stage(env, name.toLowerCase())
    await stage.startWorker(recorder.watching(stage))
    try {
      await play(stage, recorder)
    } finally {
      await stage.close()
    }
  }
  if (named.length === 0) recorder.removeOthers()
} finally {
  await env.teardown()
}
