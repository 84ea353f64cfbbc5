import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { readReceived, readSent } from '../../lab/apps/records.ts'
import type { Lab } from '../../lab/lab.ts'
import { until } from '../../lab/process/wait.ts'
import { PATIENCE_MS } from '../patience.ts'
import { aclsOf } from './clusters-now.ts'
import { turns } from './judged.ts'

/** Topics that stay where they are while others of their pair move, and whoever uses nothing else. */
export interface Stayed {
  /** They were written and read on without a break: nobody was refused, stopped or started, and no ACL names them that did not. */
  untouched(): Promise<void>
  /** How often their applications had been started and stopped, of all those counts. */
  turns(of: ReturnType<typeof turns>): ReturnType<typeof turns>
}

export async function stayedOn(lab: Lab, cluster: string, topics: readonly string[]): Promise<Stayed> {
  const applications = lab.applications.filter((app) => app.topics.every((topic) => topics.includes(topic)))
  const own = (counts: ReturnType<typeof turns>) =>
    Object.fromEntries(Object.entries(counts).filter(([name]) => applications.some((app) => app.name === name)))
  const naming = async () => {
    const acls = await Promise.all(lab.clusters.map(aclsOf))
    const names = [...topics, ...applications.map(({ principal }) => `User:${principal}`)]
    return acls.map((all) => all.filter((acl) => acl.split(' ').some((word) => names.includes(word))))
  }
  /** What the applications complain of. */
  const refusals = () =>
    applications.flatMap(({ name }) =>
      readFileSync(join(lab.dir, 'logs', `app-${name}.log`), 'utf8')
        .split('\n')
        .filter((line) => /authoriz/i.test(line)),
    )
  // The fence of an earlier trip, which the pair lifts by itself.
  const free = async () => !(await naming()).flat().some((acl) => acl.includes(' DENY '))
  await until(free, { what: 'no fence of an earlier move', timeoutMs: PATIENCE_MS, pollMs: 500 })
  const [aclsBefore, turnsBefore, refusedBefore] = [await naming(), own(turns(lab)), refusals()]

  /** A record that is both written and read from now on. */
  async function inUse(topic: string): Promise<void> {
    const since = Date.now()
    const written = () => readSent(lab.dir).find((one) => !('maybe' in one) && one.topic === topic && one.at >= since)
    const readToo = () => {
      const record = written()
      return (
        record !== undefined &&
        readReceived(lab.dir).some(
          ({ origin, key, seq }) => origin === topic && key === record.key && seq === record.seq,
        )
      )
    }
    await until(readToo, {
      what: `a record of ${topic} written and read on ${cluster}`,
      timeoutMs: PATIENCE_MS,
      pollMs: 300,
    })
    expect(written()?.cluster).toBe(cluster)
  }

  return {
    async untouched() {
      await Promise.all(topics.map(inUse))
      expect(refusals()).toEqual(refusedBefore)
      expect(await naming()).toEqual(aclsBefore)
      expect(own(turns(lab))).toEqual(turnsBefore)
    },
    turns: own,
  }
}
