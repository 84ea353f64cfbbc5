import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Settings } from '../grounds/ground.ts'

const execute = promisify(execFile)

/** A private authority of a lab, and what brokers show: one certificate for all, since all of them are on this machine. */
export type Authority = {
  /** The authority's certificate, PEM. */
  caFile: string
  /** A broker's settings. */
  broker: Settings
}

/** Days: a lab lives for minutes. */
const VALIDITY = '30'
const NAMES = 'san=dns:localhost,ip:127.0.0.1'

/** Makes them with the JDK's keytool, about 3 s. */
export async function createAuthority(java: string, folder: string): Promise<Authority> {
  mkdirSync(folder, { recursive: true })
  const password = randomBytes(12).toString('hex')
  const [all, server, caFile] = ['all.p12', 'server.p12', 'ca.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const keytool = (...args: string[]) => execute(join(dirname(java), 'keytool'), args)
  const store = ['-keystore', all, '-storetype', 'PKCS12', '-storepass', password]
  const key = ['-genkeypair', ...store, '-keyalg', 'EC', '-validity', VALIDITY]
  await keytool(...key, '-alias', 'ca', '-dname', 'CN=Authority of a lab', '-ext', 'bc:c=ca:true')
  await keytool(...key, '-alias', 'server', '-dname', 'CN=localhost', '-signer', 'ca', '-ext', NAMES)
  const own = ['-destkeystore', server, '-deststoretype', 'PKCS12', '-deststorepass', password]
  const from = ['-srckeystore', all, '-srcstoretype', 'PKCS12', '-srcstorepass', password]
  await Promise.all([
    keytool('-importkeystore', ...from, ...own, '-srcalias', 'server', '-noprompt'),
    keytool('-exportcert', ...store, '-alias', 'ca', '-rfc', '-file', caFile),
  ])
  return {
    caFile,
    broker: {
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.location': server,
      'ssl.keystore.password': password,
      'ssl.key.password': password,
      ...truststore(caFile),
    },
  }
}

/** Java settings to believe that authority and no other. */
export function truststore(caFile: string, prefix: string = ''): Settings {
  return { [`${prefix}ssl.truststore.type`]: 'PEM', [`${prefix}ssl.truststore.location`]: caFile }
}
