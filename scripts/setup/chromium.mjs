/** A Chromium for the UI tests. */
import { onPath, run, say, SetupError } from './shell.mjs'

export const findChromium = () => process.env.CHROMIUM || onPath('chromium', 'chromium-browser', 'google-chrome')

export function installChromium() {
  if (process.getuid?.() !== 0 || !onPath('apt-get'))
    throw new SetupError(
      'a Chromium is missing: apt-get install chromium, or set CHROMIUM to a Chromium or Chrome executable',
    )
  say('installing Chromium')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run('installing Chromium', 'apt-get', ['update', '-q'], { env })
  run('installing Chromium', 'apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], { env })
  return findChromium()
}
