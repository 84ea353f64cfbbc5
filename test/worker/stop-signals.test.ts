import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { waitSlots } from '../../src/worker/workers.ts'

const module = new URL('../../src/worker/stop-signals.ts', import.meta.url)

/** A process that is busy for a minute and obeys the worker's signals; `drainBy` is what it does on the first one. */
async function busy(drainBy: string, stopWithinMs: number) {
  const code = `
    const { onStopSignal } = await import(${JSON.stringify(module.href)})
    const logger = { info: (text) => console.log(text) }
    const work = setTimeout(() => undefined, 60_000)
    onStopSignal(${stopWithinMs}, logger)${drainBy}
    console.log('busy')`
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  await once(child.stdout, 'data')
  return {
    /** Until it says that it obeys. */
    async told() {
      child.kill('SIGTERM')
      await once(child.stdout, 'data')
    },
    tellAgain: () => child.kill('SIGTERM'),
    async ended() {
      const [code] = (await once(child, 'close')) as [number | null]
      return { code, said }
    },
  }
}

test('a second signal ends the worker at once', async () => {
  const worker = await busy('.drainBy(() => undefined)', 30_000)
  await worker.told()
  const ended = worker.ended()
  worker.tellAgain()
  expect(await ended).toEqual({
    code: 1,
    said: 'A second signal (SIGTERM) ends the worker at once; another worker takes up what was under way.\n',
  })
})

test('what has not ended within the limit is left to another worker', async () => {
  const worker = await busy('.drainBy(() => undefined)', 300)
  const ended = worker.ended()
  await worker.told()
  expect(await ended).toEqual({
    code: 1,
    said: 'Not everything has ended within 0.3 s; another worker takes up what was under way.\n',
  })
})

test('a worker that has drained ends by itself, long before the limit', async () => {
  const worker = await busy('.drainBy(() => clearTimeout(work))', 30_000)
  const ended = worker.ended()
  await worker.told()
  expect(await ended).toEqual({ code: 0, said: '' })
})

test('a worker that is still starting ends at the first signal', async () => {
  const worker = await busy('', 30_000)
  const ended = worker.ended()
  worker.tellAgain()
  expect(await ended).toEqual({ code: 0, said: '' })
})

test('a worker has slots for the watch, the run and what is owed of every pair', () => {
  expect(waitSlots(1)).toBe(400)
  expect(waitSlots(500)).toBe(2_000)
})
