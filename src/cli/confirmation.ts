import { createInterface } from 'node:readline/promises'
import { CliFailure, exitCodes } from './exit-codes.ts'
import { someoneIsThere } from './output.ts'

/**
 * Asks before something weighty is sent. Only in a terminal: a script has decided already, and says what it has decided
 * about with --plan-hash. Fails when the answer is not yes.
 */
export async function confirmInTerminal(question: string, { yes }: { yes?: boolean }): Promise<void> {
  if (yes || !someoneIsThere()) return
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await prompt.question(`${question} Type yes to go on: `)
    if (answer.trim().toLowerCase() !== 'yes')
      throw new CliFailure(exitCodes.failed, 'Not confirmed; nothing was sent.')
  } finally {
    prompt.close()
  }
}
