import type { Fault, Path } from './place.ts'

/** Addresses travel into messages and tickets: a name and password inside one would travel along. */
export function addressFaults(url: string | undefined, path: Path): Fault[] {
  if (url === undefined || !URL.canParse(url)) return []
  const { username, password } = new URL(url)
  if (username === '' && password === '') return []
  return [
    { path, message: 'has a user name or password in it: take it out, and give it by reference (basicAuth, headers)' },
  ]
}
