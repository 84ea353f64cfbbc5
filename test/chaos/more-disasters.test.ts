import { expect, test } from 'vitest'
import { LIMIT_MS } from '../patience.ts'
import { disastersFrom, inWords } from './disasters/disaster.ts'
import { playDisaster } from './disasters/play.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** A killed, the worker twice too, replay: what the forced operations and the kills play one by one. */
const always = 3
/** And another one every day; SWITCHBACK_SEED has that of another day again. */
const ofToday = Number(process.env['SWITCHBACK_SEED'] ?? Math.floor(Date.now() / DAY_MS))
const played = [always, ofToday].flatMap((seed) => disastersFrom(seed, 1))

test.each(played.map((disaster) => ({ disaster, name: `seed ${disaster.seed}: ${inWords(disaster)}` })))(
  '$name',
  async ({ disaster }) => {
    const { faults } = await playDisaster(disaster)
    expect(faults).toEqual([])
  },
  LIMIT_MS,
)
