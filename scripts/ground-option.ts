import { Option } from 'commander'
import { groundsInWords } from '../lab/grounds/catalogue.ts'
import { groundNames } from '../lab/grounds/ground.ts'

/** `--ground`: on which kind of installation it is done. */
export function groundOption(): Option {
  return new Option('--ground <name>', 'kind of installation the lab is').choices([...groundNames]).default('lab')
}

/** Below the other help: what the grounds are. */
export const groundHelp = `\nGrounds:\n${groundsInWords()}`
