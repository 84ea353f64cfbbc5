import { InvalidArgumentError } from 'commander'
import { type ListenAddress, listenAddress } from './address.ts'

/** For an option of a command: a mistake is an error of usage. */
export function addressArgument(text: string): ListenAddress {
  try {
    return listenAddress(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}
