import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { startStandIn, type StandIn } from '../../lab/ibm/stand-in.ts'
import { releasePorts } from '../../lab/process/ports.ts'
import { createMirroring } from '../../src/backends/mirroring.ts'
import { createDesk } from '../../src/desks/create-desk.ts'
import type { MirroringPort } from '../../src/ports/mirroring.ts'
import { apiKey, crnOf } from '../backends/event-streams-support.ts'
import { MemoryUnderlay } from '../ports/memory/underlay.ts'
import { inNormalTimes, invoicesConfig } from './invoices.ts'
import { ProductStage } from './product-stage.ts'

export interface CloudStage {
  stage: ProductStage
  cloud: StandIn
}

/** `finished`: of the test's own context. */
export interface CloudOptions {
  disable: 'ticket' | 'self-service'
  finished: (close: () => Promise<void>) => void
}

/**
 * Whole runs on the stand-in for IBM Cloud, with the product's own activities: links and desk are reached over HTTP, and what
 * the stand-in mirrors are records of the world in memory. A->B mirrors. Access is IAM's there, so no fence can be proven.
 */
export async function cloudStage(
  env: TestWorkflowEnvironment,
  name: string,
  { disable, finished }: CloudOptions,
): Promise<CloudStage> {
  process.env['IBM_KEY'] = apiKey
  const ports: number[] = []
  const underlay = new MemoryUnderlay()
  const instances = ['A', 'B'].map((alias) => ({ alias, crn: crnOf(alias) }))
  const cloud = await startStandIn({ instances, underlay, apiKey, ports, sampleMs: 50 })
  cloud.authorized.add('A->B').add('B->A')
  cloud.faults.operationMs = 20
  finished(async () => {
    await cloud.close()
    releasePorts(ports)
  })

  const config = invoicesConfig(name, (raw) => {
    for (const alias of ['A', 'B']) {
      const eventStreams = { crn: crnOf(alias), adminUrl: cloud.adminUrl(alias), monitoringUrl: cloud.url }
      raw.clusters[alias] = { bootstrap: ['127.0.0.1:1'], eventStreams }
    }
    raw.ibmCloud = {
      apiKey: { env: 'IBM_KEY' },
      iamUrl: cloud.url,
      resourceControllerUrl: cloud.url,
      caseManagementUrl: `${cloud.url}/case-management/v1`,
      timeoutMs: 30_000,
    }
    const link = { backend: 'event-streams', pollMs: 50, disable, latencyWindowSeconds: 2 }
    raw.pair.links = [
      { from: 'A', to: 'B', ...link },
      { from: 'B', to: 'A', ...link },
    ]
    raw.pair['desk'] = { adapter: 'ibm-cases', severity: 1 }
    const times = { stepBudget: 8_000, ticketPoll: 200, linkChange: 1_500, linkChangeLimit: 12_000 }
    raw.pair.timing = { ...raw.pair.timing, ...times }
  })
  const stage = new ProductStage(env, config, name)
  underlay.world = inNormalTimes(stage.world, { copied: false })
  for (const cluster of stage.world.clusters.values()) cluster.authorizer = false
  stage.instead = cloudPorts(stage)
  await cloud.mirrorings.enable(cloud.mirrorings.get('A'), cloud.mirrorings.get('B'))
  await cloud.mirrorings.select(cloud.mirrorings.get('B'), [String.raw`^accounting\.invoices$`])
  finished(() => stage.close())
  await stage.startWorker()
  return { stage, cloud }
}

/** The product's own way to the provider's links and cases. */
function cloudPorts({ config, pair, file, world }: ProductStage): ProductStage['instead'] {
  const around = { config, pair, cluster: (alias: string) => world.cluster(alias) }
  // Each remembers where copies were found.
  const opened = new Map<string, MirroringPort>()
  return {
    mirroring: (from, to) => {
      const link = file.links.find((one) => one.from === from && one.to === to)
      if (link === undefined) throw new Error(`no link ${from}->${to}`)
      const port = opened.get(`${from}->${to}`) ?? createMirroring(link, around)
      opened.set(`${from}->${to}`, port)
      return port
    },
    desk: () => createDesk(pair, file.desk, config),
  }
}
