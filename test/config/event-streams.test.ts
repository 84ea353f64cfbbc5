import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { faultsOf, pairOf, smallest, written } from './support.ts'
import { instances } from '../adapters/instances-support.ts'

test('a pair names its backend once, and a link needs only its direction', () => {
  const config = loadConfig(written(instances({ disable: 'ticket' }, {})))
  expect(config.pairs['accounting']?.links).toMatchObject([
    { from: 'A', to: 'B', backend: 'event-streams', disable: 'ticket', maxLatencySeconds: 5 },
    { from: 'B', to: 'A', backend: 'event-streams', disable: 'self-service' },
  ])
  expect(config.ibmCloud?.iamUrl).toBe('https://iam.cloud.ibm.com')
})

test('MirrorMaker 2 stays what is meant when nothing is said, and a link may differ from its pair', () => {
  expect(loadConfig(written(smallest())).pairs['accounting']?.links[0]?.backend).toBe('mirrormaker2')
  const tree = instances({ disable: 'ticket' }, {})
  pairOf(tree).links[0] = { ...smallest().pairs['accounting']?.links[0], backend: 'mirrormaker2' }
  expect(loadConfig(written(tree)).pairs['accounting']?.links.map(({ backend }) => backend)).toEqual([
    'mirrormaker2',
    'event-streams',
  ])
})

test('what is missing around the links is told at its place', () => {
  const tree = instances({ disable: 'ticket' }, {})
  delete tree.ibmCloud
  pairOf(tree)['desk'] = { adapter: 'ibm-cases' }
  tree.clusters['B'] = { bootstrap: ['localhost:9093'] }
  expect(faultsOf(tree)).toEqual([
    expect.stringMatching(/clusters\.B: has no eventStreams, and links of accounting .* use it: add crn and adminUrl/),
    expect.stringMatching(/pairs\.accounting\.links: the backend event-streams needs ibmCloud with an apiKey/),
    expect.stringMatching(/pairs\.accounting\.desk: the desk ibm-cases needs ibmCloud/),
  ])
})

test('a CRN of another form, an address with a password and a prefix are refused', () => {
  const tree = instances({ disable: 'ticket' }, {})
  tree.clusters['A'] = {
    bootstrap: ['localhost:9092'],
    eventStreams: { crn: 'crn:v1:bluemix:public:cos:us-south:a/x:y::', adminUrl: 'https://me:secret@a.example.org' },
  }
  pairOf(tree)['naming'] = { kind: 'prefix' }
  const faults = faultsOf(tree)
  expect(faults).toEqual([
    expect.stringMatching(/clusters\.A\.eventStreams\.crn: .*write it as crn:v1:bluemix:public:messagehub/),
    expect.stringMatching(/clusters\.A\.eventStreams\.adminUrl: has a user name or password/),
    expect.stringMatching(/pairs\.accounting\.naming: .*suffix/),
  ])
  expect(faults.join()).not.toContain('secret')
})

test('an API key is never written into the file', () => {
  const tree = instances({ disable: 'ticket' }, {})
  tree.ibmCloud = { apiKey: 'abc' }
  expect(faultsOf(tree)).toEqual([expect.stringMatching(/ibmCloud\.apiKey: a secret is never written here/)])
})

test('settings of the one backend are not those of the other', () => {
  const tree = instances({ disable: 'ticket' }, {})
  pairOf(tree).links[0] = { from: 'A', to: 'B', connect: { url: 'http://b.example.org' } }
  expect(faultsOf(tree)).toEqual([expect.stringMatching(/links\[0\]\.connect: is not known here/)])
  pairOf(tree).links[0] = { from: 'A', to: 'B', backend: 'event-stream' }
  expect(faultsOf(tree)).toEqual([expect.stringMatching(/links\[0\]\.backend: .*did you mean "event-streams"/)])
})
