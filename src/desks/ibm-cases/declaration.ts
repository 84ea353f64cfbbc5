import { accountKey, accountOf, instanceOf, needsAccount } from '../../adapters/ibm/settings.ts'
import type { SupportDesk } from '../desk.ts'
import { type IbmCasesConfig, ibmCasesDesk, type Needs } from './settings.ts'

/** Support cases of IBM Cloud. */
export const ibmCases = {
  name: 'ibm-cases',
  desk: ibmCasesDesk,
  fileKeys: accountKey,
  byPerson: false,
  faults: ({ path }, file) =>
    accountOf(file) === undefined ? [{ path, message: needsAccount('the desk ibm-cases') }] : [],
  insecure: () => [],
  literalSecrets: () => [],
  dependsOn: (_desk, { file, pair }) => ({
    account: accountOf(file),
    topics: file.pairs[pair]?.topics ?? [],
    instances: Object.fromEntries(Object.entries(file.clusters).map(([alias, entry]) => [alias, instanceOf(entry)])),
  }),
  opening: () => import('./open.ts'),
} as const satisfies SupportDesk<IbmCasesConfig, Needs>
