import { z } from 'zod'
import { literalSecret } from '../../config/insecure-parts.ts'
import type { Fault, Path } from '../../config/place.ts'
import { sensitiveSetting } from '../../config/sensitive.ts'
import { commandPlaceholders, misspelt, usedPlaceholders } from '../../config/template.ts'
import type { ApplicationControls } from '../control.ts'
import { type CommandConfig, commandControl } from './settings.ts'

/** Programs on the worker's machine. */
export const command = {
  name: 'command',
  control: commandControl,
  folders: ['cwd'],
  faults: commandFaults,
  insecure: () => [],
  literalSecrets: ({ env }, path) =>
    Object.entries(env ?? {}).flatMap(([key, value]) =>
      typeof value === 'string' && sensitiveSetting(key, value) ? [literalSecret([...path, 'env', key])] : [],
    ),
  prepares: ({ prepare }) => prepare !== undefined,
  instruction: () => undefined,
  opening: () => import('./open.ts'),
} as const satisfies ApplicationControls<CommandConfig>

const texts = z.array(z.string().catch('')).catch([])
/** An entry as far as it can be read. */
const outline = z.object({ stop: texts, start: texts, prepare: texts, state: texts })

function commandFaults(control: Readonly<Record<string, unknown>>, path: Path): Fault[] {
  const programs = outline.parse(control)
  const faults: Fault[] = []
  for (const action of ['stop', 'start', 'prepare', 'state'] as const)
    programs[action].forEach((argument, at) => {
      const [word] = isShellText(programs[action], at) ? usedPlaceholders(argument) : []
      if (word !== undefined)
        faults.push({
          path: [...path, action, at],
          message: `{${word}} stands in the text of a shell, which would run what the value says: write "$SWITCHBACK_${word.toUpperCase()}", in double quotes, instead`,
        })
      for (const { word, meant } of misspelt(argument, commandPlaceholders))
        faults.push({
          path: [...path, action, at],
          message: `{${word}} is not replaced: did you mean {${meant}}?`,
        })
    })
  return faults
}

const shells = /(?:^|\/)(?:ba|da|k|z|a|fi)?sh$/

/** Is this argument a program for a shell: `sh -c TEXT`, `/bin/bash -ec TEXT`, also behind `env`, `ssh` and the like? */
function isShellText(argv: string[], at: number): boolean {
  const option = argv[at - 1] ?? ''
  return /^-[a-z]*c$/.test(option) && argv.slice(0, at - 1).some((argument) => shells.test(argument))
}
