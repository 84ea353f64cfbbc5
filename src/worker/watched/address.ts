/** Where a part of the worker listens. Port 0: any that is free. */
export interface ListenAddress {
  host: string
  port: number
}

const form = /^(?:(?<host>\[[0-9a-fA-F:.]+\]|[^:[\]\s]+):)?(?<port>\d{1,5})$/

/** `9464` (on loopback only), `10.0.0.7:9464`, `[::1]:9464`. Throws a sentence for anything else. */
export function listenAddress(text: string): ListenAddress {
  const { host = '127.0.0.1', port } = form.exec(text)?.groups ?? {}
  if (port === undefined || Number(port) > 65_535)
    throw new Error(
      'Give a port (then it is open to this machine only) or HOST:PORT, for example 9464 or 10.0.0.7:9464.',
    )
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

/** As `HOST:PORT`, with brackets around an IPv6 address. */
export function addressText({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
