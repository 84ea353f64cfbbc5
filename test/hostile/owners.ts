import type { Answer } from './answers.ts'

export interface Asked {
  method: string
  path: string
  headers: Record<string, string>
  body: string
}

export type Owner = (asked: Asked) => Answer | Promise<Answer>

const ticket = { id: 'CS1', url: 'https://desk.example.org/CS1', state: 'open', token: 'a-token' }
const schema = { subject: 'accounting.invoices-value', version: 1, id: 7, schema: '{"type":"string"}' }
const running = { state: 'running', cluster: 'A', topics: ['accounting.invoices'], detail: 'well' }

/** What each answers while all is well, in the form that its owner documents. */
export const owners = {
  connect: () => connectOf('source-A-B', ['accounting.invoices']),
  registry:
    () =>
    ({ path }) => {
      if (path === '/subjects') return { status: 200, body: [schema.subject] }
      return { status: 200, body: path.endsWith('/versions') ? [1] : schema }
    },
  desk:
    () =>
    ({ path, method }) => ({ status: 200, body: method === 'GET' && path.includes('token=') ? [ticket] : ticket }),
  application: () => () => ({ status: 200, body: running }),
  /** Passes each request on to the one at that address. */
  another: (address) => async (asked) => passedOn(address, asked),
} satisfies Record<string, (address: string) => Owner>
export type OwnerName = keyof typeof owners

async function passedOn(address: string, { method, path, headers, body }: Asked): Promise<Answer> {
  const { authorization, 'content-type': type } = headers
  const answer = await fetch(address + path, {
    method,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(type === undefined ? {} : { 'content-type': type }),
    },
    ...(body === '' ? {} : { body }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) }
}

/**
 * What a Kafka Connect 4.3 answers of one connector of MirrorMaker that runs, in the form of its REST documentation. It changes
 * nothing: what is asked for here is how answers are read.
 */
function connectOf(name: string, topics: readonly string[]): Owner {
  const config = {
    name,
    'connector.class': 'org.apache.kafka.connect.mirror.MirrorSourceConnector',
    'source.cluster.alias': 'A',
    'target.cluster.alias': 'B',
    'source.cluster.bootstrap.servers': 'a:9092',
    'target.cluster.bootstrap.servers': 'b:9092',
    topics: topics.join(','),
    'tasks.max': '2',
    'source.cluster.sasl.jaas.config': 'org.apache…ScramLoginModule required username="mm2" password="hidden-here";',
  }
  const tasks = [0, 1].map((task) => ({ connector: name, task }))
  const status = {
    name,
    connector: { state: 'RUNNING', worker_id: 'connect-b:8083' },
    tasks: tasks.map(({ task }) => ({ id: task, state: 'RUNNING', worker_id: 'connect-b:8083' })),
    type: 'source',
  }
  const assigned = topics.flatMap((topic) => [0, 1, 2].map((partition) => `${topic}-${partition}`))
  const stored = topics.flatMap((topic) =>
    [0, 1, 2].map((partition) => ({ partition: { cluster: 'A', partition, topic }, offset: { offset: 41 } })),
  )
  return ({ method, path }) => {
    if (path.startsWith('/connectors?'))
      return { status: 200, body: { [name]: { info: { name, config, tasks, type: 'source' } } } }
    const [, , connector, what] = path.split(/[/?]/)
    if (connector !== undefined && connector !== name)
      return { status: 404, body: { error_code: 404, message: `No status found for connector ${connector}` } }
    if (method !== 'GET')
      return { status: what === 'config' ? 200 : 204, body: what === 'config' ? { name, config, tasks } : undefined }
    if (what === 'status') return { status: 200, body: status }
    if (what === 'config') return { status: 200, body: config }
    if (what === 'offsets') return { status: 200, body: { offsets: stored } }
    if (what === 'tasks')
      return {
        status: 200,
        body: tasks.map((id) => ({ id, config: { 'task.assigned.partitions': assigned.join(',') } })),
      }
    return { status: 404, body: { error_code: 404, message: 'HTTP 404 Not Found' } }
  }
}
