import { z } from 'zod'
import type { SchemaRegistryConfig } from '../../config/schema.ts'
import { readSecret } from '../../config/secret.ts'
import { eachOf } from '../../domain/text/each-of.ts'
import { configurationFault, rejected, unreachable } from '../../ports/failures.ts'
import type { RegisteredSchema, SchemaRegistryPort } from '../../ports/schema-registry.ts'
import { addressText, answerText, requestJson } from '../http/json-request.ts'
import { tlsOptions } from '../http/tls.ts'

/** Requests at the same time: a thousand topics have thousands of versions. */
const atOnce = 8
/** Bytes: the subjects of a large registry. */
const largestAnswer = 4 * 1024 * 1024

// In one look: a list of a hundred thousand faults takes longer than the answer is worth.
const subjects = z.custom<string[]>(isListOf((one) => typeof one === 'string'))
const versions = z.custom<number[]>(isListOf(Number.isInteger))
/** Without a type it is Avro. */
const schema = z.object({ schema: z.string(), schemaType: z.string().default('AVRO') })
const version = schema.extend({ subject: z.string(), version: z.number().int(), id: z.number().int() })

/** A registry that speaks Confluent's REST interface (Confluent, Karapace, Apicurio's compatible one). */
export function createSchemaRegistry(alias: string, config: SchemaRegistryConfig): SchemaRegistryPort {
  const where = `the schema registry of ${alias}`

  /** Null: it has no such thing (404). */
  async function get<T>(path: string[], shape: z.ZodType<T>, signal: AbortSignal | undefined): Promise<T | null> {
    const url = new URL(`${config.url.replace(/\/+$/, '')}/${path.map(encodeURIComponent).join('/')}`)
    const { headers, secrets } = login()
    const { timeoutMs } = config
    const tls = tlsOptions(config.tls, `clusters.${alias}.schemaRegistry.tls`)
    const answer = await requestJson({
      method: 'GET',
      url,
      headers,
      tls,
      timeoutMs,
      signal,
      secrets,
      most: largestAnswer,
    })
    const what = `${where} (${addressText(url)})`
    if (answer.outcome !== 'answered') throw unreachable(`${what} does not answer: ${answer.reason}.`)
    if (answer.status === 404) return null
    if (answer.status >= 500) throw unreachable(`${what} ${answerText(answer)}.`)
    if (answer.status !== 200)
      throw rejected(`${what} ${answerText(answer)}. Correct clusters.${alias}.schemaRegistry in switchback.yaml.`)
    const parsed = shape.safeParse(answer.json)
    if (parsed.success) return parsed.data
    throw rejected(`${what} answers with something that is no schema registry's. Correct its address.`)
  }

  function login(): { headers: Record<string, string>; secrets: string[] } {
    const { basicAuth } = config
    if (basicAuth === undefined) return { headers: {}, secrets: [] }
    try {
      const password = readSecret(basicAuth.password)
      const token = Buffer.from(`${basicAuth.username}:${password}`).toString('base64')
      return { headers: { authorization: `Basic ${token}` }, secrets: [password, token] }
    } catch (error) {
      throw configurationFault(
        `clusters.${alias}.schemaRegistry.basicAuth.password: ${error instanceof Error ? error.message : 'it cannot be read'}.`,
      )
    }
  }

  return {
    async schemasOf(topics, signal) {
      const wanted = new Set(topics.flatMap((topic) => [`${topic}-key`, `${topic}-value`]))
      const listed = new Set((await get(['subjects'], subjects, signal)) ?? [])
      const known = [...listed].filter((subject) => wanted.has(subject))
      const places = await eachOf(known, atOnce, async (subject) =>
        [...new Set(await get(['subjects', subject, 'versions'], versions, signal))].map((number) => ({
          subject,
          number,
        })),
      )
      const found = await eachOf(places.flat(), atOnce, async ({ subject, number }): Promise<RegisteredSchema[]> => {
        const one = await get(['subjects', subject, 'versions', String(number)], version, signal)
        return one === null
          ? []
          : [{ subject, version: one.version, id: one.id, type: one.schemaType, schema: one.schema }]
      })
      return found.flat()
    },
    async byIds(ids, signal) {
      const found = await eachOf([...new Set(ids)], atOnce, async (id) => {
        const one = await get(['schemas', 'ids', String(id)], schema, signal)
        return one === null ? [] : [{ id, type: one.schemaType, schema: one.schema }]
      })
      return found.flat()
    },
  }
}

function isListOf(holds: (one: unknown) => boolean): (value: unknown) => boolean {
  return (value) => Array.isArray(value) && value.every(holds)
}
