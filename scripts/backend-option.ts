import { Option } from 'commander'
import { backendNames, backends, defaultBackend } from '../src/backends/chosen.ts'

/** `--backend`: what mirrors. The choices are those of the catalogue. */
export function backendOption(): Option {
  const words = backends.map(({ name, what }) => `${name}: ${what}`).join('; ')
  return new Option('--backend <name>', `what mirrors. ${words}`).choices([...backendNames]).default(defaultBackend)
}
