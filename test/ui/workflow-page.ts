import type { Locator, Page } from 'playwright-core'
import { until } from '../../lab/process/wait.ts'

/** Milliseconds between two looks at current details, which the UI shows as they were when the page was opened. */
const LOOK_MS = 6_000
/** Milliseconds until a page that was opened shows current details. */
const SHOWN_MS = 20_000
/** Milliseconds an operation may take on a busy machine. */
const PATIENCE_MS = 240_000

/** What Current Details ask for: the update to send and its payload, as a person would copy it. */
export type Asked = { question: string; update: string; payload: string }

/** One workflow in Temporal's UI, read and answered as a person does: tabs, dialogs, and what is written there. */
export class WorkflowPage {
  readonly #page: Page
  /** Address of the run's page, without a tab. */
  readonly #address: string

  private constructor(page: Page, address: string) {
    this.#page = page
    this.#address = address
  }

  /** `address`: of the workflow or of one run of it; the UI leads to the first tab of the newest run. */
  static async at(page: Page, address: string): Promise<WorkflowPage> {
    await page.goto(address)
    await page.waitForURL(/\/timeline/)
    return new WorkflowPage(page, page.url().replace(/\/timeline.*$/, ''))
  }

  async open(tab: 'timeline' | 'user-metadata' | 'query'): Promise<void> {
    await this.#page.goto(`${this.#address}/${tab}`)
  }

  /** Current Details, opened anew until they say it. Answers the frame in which the UI draws them. */
  async detailsSay(text: string): Promise<Locator> {
    const details = this.#page.frameLocator('#user-metadata-current-details').locator('main')
    let said = 'nothing'
    await until(
      async () => {
        await this.open('user-metadata')
        // The frame is there before its text, which takes the worker a replay where the run has ended.
        const shown = details.filter({ hasText: /\S/ })
        said = await shown.innerText({ timeout: SHOWN_MS }).catch(() => '')
        if (said.includes(text)) return true
        // A page of the UI that is only left open keeps one processor busy.
        await this.#page.goto('about:blank')
        return false
      },
      { what: `current details do not say "${text}"`, timeoutMs: PATIENCE_MS, pollMs: LOOK_MS },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; they say:\n${said}`, { cause: error })
    })
    return details
  }

  /** What the step asks for. */
  async asked(step: string): Promise<Asked> {
    const details = await this.detailsSay(`Waits for you: ${step}#`)
    const send = details.locator('p', { hasText: 'Send the update' }).first()
    return {
      question: await details.locator('h3', { hasText: 'Waits for you' }).first().innerText(),
      update: await send.locator('code').first().innerText(),
      payload: await details.locator('pre code').first().innerText(),
    }
  }

  /** Opens More Actions > Send an Update / a Signal, chooses the message and answers the dialog. */
  async dialog(kind: 'Send an Update' | 'Send a Signal', message: string): Promise<Locator> {
    await this.#page.getByRole('button', { name: 'More Actions' }).click()
    await this.#page.getByRole('menuitem', { name: kind }).click()
    const dialog = this.#page.getByRole('dialog', { name: kind })
    await dialog.getByRole('button', { name: /^Select an? / }).click()
    await dialog.getByRole('option', { name: new RegExp(`^${message} `) }).click()
    return dialog
  }

  async query(name: string): Promise<string> {
    await this.open('query')
    const form = this.#page.locator('main')
    await form
      .getByRole('button')
      .filter({ has: this.#page.getByLabel('Query Type') })
      .click()
    await form.getByRole('option', { name: new RegExp(`^${name}\\b`) }).click()
    await form.getByRole('button', { name: 'Run Query' }).click()
    const result = form.getByRole('textbox', { name: 'Query Result' })
    await result.getByText('version').waitFor()
    return result.innerText()
  }
}

/** Types JSON into the editor of a form or dialog, in the place of what stood there. */
export async function enter(form: Locator, json: string): Promise<void> {
  const editor = form.getByRole('textbox', { name: 'Data' })
  await editor.fill(json)
  // The editor formats what it was given when it is left, which moves the buttons below it.
  await editor.blur()
}
