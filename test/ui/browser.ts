import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type BrowserContext } from 'playwright-core'
import { readTools } from '../../lab/tools.ts'

/** Milliseconds for one click, one page, one answer: far more than an idle machine needs. */
const PATIENCE_MS = 60_000

/** Without these a Chromium talks to its maker at every start; as root it needs to be without its sandbox. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A headless Chromium with a profile of its own below `folder`. It ends with this process. */
export async function openBrowser(folder: string): Promise<BrowserContext> {
  const executablePath = readTools().chromium
  if (executablePath === undefined) throw new Error('no Chromium: run `npm run setup -- --browser` first')
  const browser = await chromium.launchPersistentContext(join(folder, 'data', 'chromium'), {
    executablePath,
    headless: true,
    args: FLAGS,
    viewport: { width: 1400, height: 1400 },
    reducedMotion: 'reduce',
  })
  browser.setDefaultTimeout(PATIENCE_MS)
  return browser
}

/** What every page of the browser shows, for whoever wants to know why a test failed. Answers the folder. */
export async function takeScreenshots(browser: BrowserContext, folder: string): Promise<string> {
  const screenshots = join(folder, 'screenshots')
  mkdirSync(screenshots, { recursive: true })
  for (const [index, page] of browser.pages().entries())
    await page.screenshot({ path: join(screenshots, `page-${index}.png`) })
  return screenshots
}
