import { ApplicationFailure } from '@temporalio/common'
import type { ApplicationConfig, Config, DeskConfig, LinkConfig } from '../../config/schema.ts'
import { deskOf } from '../../desks/chosen.ts'
import { errorTypes } from '../../contract/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import { checkGroups } from './groups.ts'
import { checkLogins } from './logins.ts'
import { failed, ok, remarkOn, type CheckLine } from './line.ts'
import { checkMemoryWriters } from './memory.ts'
import { probe } from './probe.ts'

/** No desk gives this token to a ticket: asking for it is asking whether the desk answers. */
const noTicket = 'switchback-check'

/** Clusters, links, applications and desks, all at once: a dark one must not hold up the others. */
export async function checkOutside(config: Config, ports: Ports): Promise<CheckLine[]> {
  const pairs = Object.entries(config.pairs)
  const looks = [
    ...Object.keys(config.clusters).map((alias) => checkCluster(config, ports, alias)),
    ...pairs.flatMap(([pair, { links }]) => links.map((link) => checkLink(config, ports, pair, link))),
    ...pairs.flatMap(([pair, { applications }]) => applications.map((app) => checkApplication(ports, pair, app))),
    ...pairs.map(([pair, { desk }]) => checkDesk(ports, pair, desk)),
  ]
  return (await Promise.all(looks)).flat()
}

async function checkCluster(config: Config, ports: Ports, alias: string): Promise<CheckLine[]> {
  const what = `cluster ${alias}`
  let unreachable = false
  const lines = await probe(what, async (signal) => {
    const described = ports.cluster(alias).describe(signal)
    const { clusterId, brokers, authorizer } = await described.catch((error: unknown) => {
      unreachable = error instanceof ApplicationFailure && error.type === errorTypes.unreachable
      throw error
    })
    const found = ok(what, `${brokers} ${brokers === 1 ? 'broker' : 'brokers'}, id ${clusterId}`)
    const memory = await checkMemoryWriters(config, ports, { alias, authorizer }, signal)
    return authorizer
      ? [found, ...memory]
      : [
          found,
          ...memory,
          remarkOn(
            what,
            'it has no authorizer: a fence cannot be set there, so stopping the producers is the only proof',
          ),
        ]
  })
  // That nobody answers is said once. A login that is refused says nothing of the other one.
  return unreachable ? lines : [...lines, ...(await checkLogins(config, ports, alias))]
}

function checkLink(config: Config, ports: Ports, pair: string, { from, to }: LinkConfig): Promise<CheckLine[]> {
  const what = `link ${from}->${to} of ${pair}`
  return probe(what, async (signal) => {
    const link = await ports.mirroring(pair, from, to).describe(signal)
    const failures = link.failedTasks.length === 0 ? '' : ` (failed: ${link.failedTasks.join(', ')})`
    const text = `${link.state}: ${link.detail}${failures}`
    return [
      link.state === 'failed' ? failed(what, `${text}. Check the connector's trace and restart it`) : ok(what, text),
      ...(link.creatable === false
        ? [
            remarkOn(
              what,
              'it does not exist, and switchback.yaml has no settings to create it with: add config to its source connector, or create it',
            ),
          ]
        : []),
      ...link.obstacles.map((obstacle) => remarkOn(what, obstacle)),
      ...(await checkGroups({ ports, config: () => config }, { pair, from, to }, link, signal)),
    ]
  })
}

function checkApplication(ports: Ports, pair: string, { name }: ApplicationConfig): Promise<CheckLine[]> {
  const what = `application ${name} of ${pair}`
  return probe(what, async (signal) => {
    const application = ports.application(pair, name)
    if (application.adapter === 'manual') return [ok(what, 'stopped and started by a person, who confirms')]
    const { state, cluster, detail } = await application.state(signal)
    const text = `${state}${cluster === undefined ? '' : ` on ${cluster}`}${detail === undefined ? '' : ` (${detail})`}`
    return [
      state === 'unknown'
        ? failed(what, `its state probe does not report whether it runs: ${text}. Fix the probe in switchback.yaml`)
        : ok(what, text),
    ]
  })
}

function checkDesk(ports: Ports, pair: string, desk: DeskConfig): Promise<CheckLine[]> {
  const what = `ticket desk of ${pair}`
  return probe(what, async (signal) => {
    if (deskOf(desk).byPerson) return [ok(what, 'a person opens and completes tickets')]
    await ports.desk(pair).find(noTicket, signal)
    return [ok(what, `answers (${desk.adapter})`)]
  })
}
