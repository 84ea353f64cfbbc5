import type { GroupIds } from '../contract/plan.ts'
import { groupIdOn } from '../domain/names/group-ids.ts'
import type { ApplicationPort, ApplicationTarget } from '../ports/applications.ts'
import type { ClusterPort } from '../ports/cluster.ts'

/**
 * A cluster on which mirroring calls groups otherwise: asked and answered by their names in the configuration, as
 * everything else is. Failures name the ids that the cluster knows.
 */
export function withGroupIds(port: ClusterPort, ids: GroupIds): ClusterPort {
  const names = new Map(Object.entries(ids[port.alias] ?? {}).map(([group, id]) => [id, group]))
  if (names.size === 0) return port
  const there = (group: string) => groupIdOn(ids, port.alias, group)
  const back = <Row extends { group: string }>(row: Row): Row => ({ ...row, group: names.get(row.group) ?? row.group })
  const named = (groups: string[]) => groups.map((id) => names.get(id) ?? id)
  return {
    ...port,
    groupStates: async (groups, signal) => (await port.groupStates(groups.map(there), signal)).map(back),
    groupOffsets: async (groups, topics, signal) =>
      (await port.groupOffsets(groups.map(there), topics, signal)).map(back),
    setGroupOffsets: (offsets, signal) => port.setGroupOffsets({ ...offsets, group: there(offsets.group) }, signal),
    groupAccess: async (principal, groups, signal) => {
      const { evidence, allowed, denied } = await port.groupAccess(principal, groups.map(there), signal)
      return { evidence, allowed: named(allowed), denied: named(denied) }
    },
    accessByAcls: async (checks, signal) => {
      const asked = checks.map((check) => (check.of === 'group' ? { ...check, names: check.names.map(there) } : check))
      const answers = await port.accessByAcls(asked, signal)
      return answers.map((answer, index) =>
        answer === null || checks[index]?.of !== 'group'
          ? answer
          : { ...answer, allowed: named(answer.allowed), denied: named(answer.denied) },
      )
    },
  }
}

/** An application that is told, with every order to start, the id of its group on that cluster. */
export function withGroup(port: ApplicationPort, group: string | undefined, ids: GroupIds): ApplicationPort {
  if (group === undefined) return port
  const told = (target: ApplicationTarget) => ({ ...target, group: groupIdOn(ids, target.cluster, group) })
  const prepare = port.prepare?.bind(port)
  return {
    ...port,
    start: (target, key, signal) => port.start(told(target), key, signal),
    ...(prepare && { prepare: (target, key, signal) => prepare(told(target), key, signal) }),
    instruction: (action, target) => port.instruction(action, target && told(target)),
  }
}
