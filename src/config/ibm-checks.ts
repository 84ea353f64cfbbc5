import { addressFaults } from './address-checks.ts'
import type { Outline, PairOutline } from './outline.ts'
import type { Fault, Path } from './place.ts'

/** What the backend event-streams and the desk ibm-cases need besides the pair: instances, and an account. */
export function ibmFaults({ clusters, ibmCloud, pairs }: Outline): Fault[] {
  const faults: Fault[] = addresses({ ibmCloud }, [], ['iamUrl', 'resourceControllerUrl', 'caseManagementUrl'])
  for (const [alias, cluster] of Object.entries(clusters ?? {}))
    faults.push(...addresses(cluster, ['clusters', alias], ['adminUrl', 'monitoringUrl']))
  for (const [name, pair] of Object.entries(pairs)) {
    if (pair === null) continue
    const path = ['pairs', name]
    const used = pair.links.filter((link) => backendOf(pair, link) === 'event-streams')
    if (used.length > 0 && ibmCloud === undefined)
      faults.push({ path: [...path, 'links'], message: needsAccount('the backend event-streams') })
    const aliases = new Set(used.flatMap(({ from, to }) => [from, to]))
    for (const alias of aliases)
      if (alias !== undefined && clusters?.[alias] && clusters[alias].eventStreams === undefined)
        faults.push({
          path: ['clusters', alias],
          message: `has no eventStreams, and links of ${name} with the backend event-streams use it: add crn and adminUrl of the instance`,
        })
    const { kind = 'suffix', separator = '.' } = pair.naming ?? {}
    if (used.length > 0 && (kind !== 'suffix' || separator !== '.'))
      faults.push({
        path: [...path, 'naming'],
        message:
          'Event Streams names copies by the suffix ".<alias>", or as topicNameTransform of a link says: leave naming out, or use kind suffix and separator "."',
      })
    if (pair.desk?.adapter === 'ibm-cases' && ibmCloud === undefined)
      faults.push({ path: [...path, 'desk'], message: needsAccount('the desk ibm-cases') })
  }
  return faults
}

function needsAccount(what: string): string {
  return `${what} needs ibmCloud with an apiKey by reference: add it at the top of the file`
}

function backendOf(pair: PairOutline, link: PairOutline['links'][number]): string {
  return link.backend ?? pair.mirroring?.backend ?? 'mirrormaker2'
}

/** Addresses below the one key of `holder`. */
function addresses(holder: Record<string, object | undefined>, path: Path, names: string[]): Fault[] {
  return Object.entries(holder).flatMap(([key, entry]) =>
    names.flatMap((name) => {
      const url: unknown = entry === undefined ? undefined : Reflect.get(entry, name)
      return typeof url === 'string' ? addressFaults(url, [...path, key, name]) : []
    }),
  )
}
