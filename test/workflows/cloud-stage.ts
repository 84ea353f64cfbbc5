import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { createReadActivities } from '../../src/activities/reads.ts'
import { systemClock } from '../../src/activities/deps.ts'
import { createTicketActivities } from '../../src/activities/tickets.ts'
import { createWaitActivities } from '../../src/activities/waits.ts'
import { createWriteActivities } from '../../src/activities/writes.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { doors } from '../activities/scene.ts'
import { scene, type Scene } from '../backends/event-streams-support.ts'
import { Stage } from './stage.ts'

const topic = 'accounting.invoices'

export type CloudStage = { stage: Stage; cloud: Scene['cloud']; clusters: Scene['clusters'] }

/** `finished`: of the test's own context. */
export type CloudOptions = {
  disable: 'ticket' | 'self-service'
  finished: (close: () => Promise<void>) => void
}

/**
 * Whole runs on the stand-in for IBM Cloud: whatever touches a link or the desk is the product's own, over HTTP; clusters,
 * groups and applications are those of the small world. A->B mirrors.
 */
export async function cloudStage(
  env: TestWorkflowEnvironment,
  name: string,
  { disable, finished }: CloudOptions,
): Promise<CloudStage> {
  const { cloud, clusters, config, link, desk } = await scene({
    pair: name,
    link: { disable, latencyWindowSeconds: 10 },
    finished,
  })
  clusters.A.withTopic(topic, [[0, 0, 100, 100]])
  clusters.B.withTopic(topic, [[0, 0, 40, 40]]).withTopic(`${topic}.A`, [[0, 0, 100, 100]])
  const ports: Pick<Ports, 'cluster' | 'mirroring' | 'desk' | 'schemaRegistry' | 'close'> = {
    cluster: (alias) => clusters[alias as 'A' | 'B'],
    mirroring: (_pair, from, to) => link(from as 'A' | 'B', to as 'A' | 'B'),
    desk,
    schemaRegistry: () => null,
    close: async () => undefined,
  }
  await cloud.mirrorings.enable(cloud.mirrorings.get('A'), cloud.mirrorings.get('B'))
  await cloud.mirrorings.select(cloud.mirrorings.get('B'), [String.raw`^accounting\.invoices$`])

  const stage = new Stage(env, name)
  stage.world.stepBudget = 8_000
  stage.world.ticketPoll = 200
  stage.world.linkTiming = { linkChange: 1_500, linkChangeLimit: 12_000, linkPoll: 50 }
  stage.instead = (guard, client) => {
    const deps = {
      ports: {
        ...ports,
        application: () => {
          throw new Error('applications are the world’s')
        },
      },
      config: () => config,
      client,
      clock: systemClock,
    }
    const reads = doors(createReadActivities(deps))
    const writes = doors(createWriteActivities(deps, guard))
    const waits = doors(createWaitActivities(deps))
    return {
      runs: {
        disableDoor: reads.disableDoor,
        // The certificate is of the stand-in's clusters, so its copies are looked at again there; the world has none.
        readEnds: (input: Parameters<typeof reads.readEnds>[0]) =>
          input.topics.includes(topic) ? stage.world.reads().readEnds(input) : reads.readEnds(input),
        observeLink: reads.observeLink,
        probeDisabled: reads.probeDisabled,
        planSelection: reads.planSelection,
        ticketNews: reads.ticketNews,
        findTicket: reads.findTicket,
        setSelection: writes.setSelection,
        enableLink: writes.enableLink,
        disableLink: writes.disableLink,
        commentTicket: writes.commentTicket,
        ...createTicketActivities(deps, guard),
      },
      waits: {
        awaitDisabled: waits.awaitDisabled,
        awaitLinkChange: waits.awaitLinkChange,
        awaitAssigned: waits.awaitAssigned,
        awaitMirrored: waits.awaitMirrored,
      },
    }
  }
  finished(() => stage.close())
  await stage.startWorker()
  return { stage, cloud, clusters }
}
