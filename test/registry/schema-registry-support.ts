import { httpServer, type Reply } from '../desks/http-support.ts'

export interface Registered {
  subject: string
  version: number
  id: number
  schema: string
  schemaType?: 'PROTOBUF' | 'JSON'
}

/**
 * A real HTTP server that speaks as much of the registry's documented interface as is asked for: subjects, their versions,
 * one version, and a schema by its id; an Avro schema comes without a type; what is not there is a 404 with the registry's
 * own code. With `login` it asks for basic authentication.
 */
export async function registryServer(
  schemas: Registered[],
  login?: string,
): Promise<Awaited<ReturnType<typeof httpServer>>> {
  const token = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`
  return httpServer(({ method, path, headers }) => {
    if (token !== undefined && headers.authorization !== token)
      return { status: 401, body: { error_code: 401, message: 'Unauthorized' } }
    if (method !== 'GET') return { status: 405, body: { error_code: 405, message: 'HTTP 405 Method Not Allowed' } }
    return answer(schemas, path.split('/').filter(Boolean).map(decodeURIComponent))
  })
}

function answer(schemas: Registered[], [first, second, third, fourth]: string[]): Reply {
  if (first === 'subjects' && second === undefined) return { body: [...new Set(schemas.map(({ subject }) => subject))] }
  const own = schemas.filter(({ subject }) => first === 'subjects' && subject === second)
  if (own.length > 0 && third === 'versions' && fourth === undefined) return { body: own.map(({ version }) => version) }
  const one = own.find(({ version }) => third === 'versions' && String(version) === fourth)
  if (one) return { body: one }
  const byId = schemas.find(({ id }) => first === 'schemas' && second === 'ids' && String(id) === third)
  if (byId) {
    const { schema, schemaType } = byId
    return { body: { schema, ...(schemaType ? { schemaType } : {}) } }
  }
  if (first === 'schemas') return { status: 404, body: { error_code: 40403, message: 'Schema not found' } }
  return { status: 404, body: { error_code: 40401, message: 'Subject not found.' } }
}
