import { z } from 'zod'
import { httpJson } from '../process/http-json.ts'
import { until } from '../process/wait.ts'

/** Milliseconds. A link whose source is dark needs about 7 s to stop, and up to a minute where its clients are patient. */
const STOP_TIMEOUT_MS = 120_000

const connectors = z.record(
  z.string(),
  z.object({
    info: z.object({ config: z.record(z.string(), z.string().nullable()) }),
    status: z.object({ connector: z.object({ state: z.string() }), tasks: z.array(z.unknown()) }),
  }),
)
const status = z.object({ connector: z.object({ state: z.string() }), tasks: z.array(z.unknown()) })

/**
 * Stops the connectors that mirror `from` to `to` on the Connect cluster at `connectUrl`, and returns their names when they have stopped.
 * `named`: only these, where the ticket says which. Checkpoints first: the source connector's final position is then the last thing that moves.
 */
export async function disableLink(
  connectUrl: string,
  link: { from: string; to: string },
  named: readonly string[] = [],
): Promise<string[]> {
  const all = connectors.parse(await httpJson('GET', `${connectUrl}/connectors?expand=info&expand=status`))
  const names = Object.entries(all)
    .filter(([name, { info }]) => {
      if (named.length > 0) return named.includes(name)
      const { config } = info
      return config['source.cluster.alias'] === link.from && config['target.cluster.alias'] === link.to
    })
    .map(([name]) => name)
    .sort((a, b) => Number(a.includes('source')) - Number(b.includes('source')))
  // One that has just started answers so before it has read what it has.
  if (names.length === 0)
    throw new Error(
      `Connect names no connector that mirrors ${link.from}->${link.to}: it may still be starting; try again`,
    )
  for (const name of names) await httpJson('PUT', `${connectUrl}/connectors/${name}/stop`)
  for (const name of names)
    await until(() => hasStopped(connectUrl, name), { what: `stopping ${name}`, timeoutMs: STOP_TIMEOUT_MS })
  return names
}

async function hasStopped(connectUrl: string, name: string): Promise<boolean> {
  const { connector, tasks } = status.parse(await httpJson('GET', `${connectUrl}/connectors/${name}/status`))
  return connector.state === 'STOPPED' && tasks.length === 0
}
