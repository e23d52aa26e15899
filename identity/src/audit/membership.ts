// Who is in which group of one source: as it is listed, by primary group, and through groups within
// groups to the ones that matter. Computed once; every question afterwards is a look-up.
import type { Group, Principal } from '#model'
import type { Reading } from '#reading'
import { groupGraph, type Nesting, nestingOf, wayUp, within } from './nesting.ts'
import { type PrivilegedGroup, privilegedGroupOf } from './privileged-groups.ts'
import { domainOf } from './security-identifier.ts'

/** How an account comes to the power of a group or a role. */
export interface Way {
  readonly to: string
  readonly id: string
  readonly weight: PrivilegedGroup['weight']
  readonly isProtected: boolean
  readonly isNested: boolean
  /** Names from the first group to the last; one name where it is a direct member. */
  readonly path: () => readonly string[]
  readonly byPrimaryGroup: boolean
  /** Of a role: whether it has to be activated first. */
  readonly isEligible: boolean
}

export interface Membership {
  readonly nesting: Nesting
  readonly isSubgroup: ReadonlySet<number>
  /** Listed groups of a principal. The primary group is not among them. */
  groupsOf(id: string): readonly Group[]
  primaryGroupOf(principal: Principal): Group | undefined
  waysOf(id: string): readonly Way[]
  /** Whether the group has a member, listed or by primary group. */
  isPopulated(group: Group): boolean
  groupWithSid(sid: string): Group | undefined
  /** Principals within a group at any depth, by id. */
  membersWithin(group: Group): ReadonlySet<string>
}

interface Path {
  readonly isNested: boolean
  readonly names: () => readonly string[]
}

/** Everything about memberships in one reading. */
export function membershipOf(reading: Reading): Membership {
  const { groups } = reading
  const indexOf = new Map(groups.map(({ id }, index) => [id, index]))
  const graph = groupGraph(groups.length, edgesOf(groups, indexOf))
  const byIdentifier = new Map(
    groups.flatMap((group) => (group.sid === undefined ? [] : [[group.sid, group] as const])),
  )
  const listed = new Map<string, Group[]>()
  for (const group of groups) {
    for (const member of new Set(group.members)) {
      if (!indexOf.has(member)) push(listed, member, group)
    }
  }
  const primary = new Map<number, string[]>()
  const isPrimary = new Map<string, Group>()
  for (const principal of [...reading.accounts, ...reading.machines]) {
    const group = primaryGroupIn(principal)
    if (group === undefined) continue
    isPrimary.set(principal.id, group)
    push(primary, indexOf.get(group.id) ?? -1, principal.id)
  }
  const ways = new Map<string, Way[]>()
  const setsWithin = new Map<number, ReadonlySet<string>>()
  for (const [top, group] of groups.entries()) {
    const privileged = privilegedGroupOf(group)
    if (privileged !== undefined) addWays(top, group, privileged)
  }
  addRoles()
  return {
    nesting: nestingOf(graph),
    isSubgroup: new Set(
      graph.parents.flatMap((parents, index) => (parents.length > 0 ? [index] : [])),
    ),
    groupsOf: (id) => listed.get(id) ?? [],
    primaryGroupOf: ({ id }) => isPrimary.get(id),
    waysOf: (id) => ways.get(id) ?? [],
    isPopulated: (group) =>
      group.members.length > 0 ||
      group.membersUnresolved.length > 0 ||
      primary.has(indexOf.get(group.id) ?? -1),
    groupWithSid: (sid) => byIdentifier.get(sid),
    membersWithin,
  }

  function primaryGroupIn({ primaryGroup, primaryGroupRid, sid }: Principal): Group | undefined {
    const index = primaryGroup === undefined ? undefined : indexOf.get(primaryGroup)
    if (index !== undefined) return groups[index]
    if (primaryGroupRid === undefined || sid === undefined) return undefined
    return byIdentifier.get(`${domainOf(sid) ?? ''}-${primaryGroupRid}`)
  }

  // A chain may be as long as there are groups, so the way up is walked only when it is shown.
  function* membersBelow(top: number): Generator<readonly [string, Path, boolean]> {
    const next = within(graph, top)
    for (const group of next.keys()) {
      const path: Path = {
        isNested: group !== top,
        names: () => wayUp(next, group).map((index) => groups[index]?.name ?? ''),
      }
      for (const id of groups[group]?.members ?? []) if (!indexOf.has(id)) yield [id, path, false]
      for (const id of primary.get(group) ?? []) yield [id, path, true]
    }
  }

  function membersWithin(group: Group): ReadonlySet<string> {
    const top = indexOf.get(group.id) ?? -1
    const known = setsWithin.get(top)
    if (known !== undefined) return known
    const found = new Set<string>()
    for (const [id] of membersBelow(top)) found.add(id)
    setsWithin.set(top, found)
    return found
  }

  function addWays(
    top: number,
    { name }: Group,
    { id: groupId, weight, isProtected }: PrivilegedGroup,
  ): void {
    const seen = new Set<string>()
    for (const [id, path, byPrimaryGroup] of membersBelow(top)) {
      // The shortest way comes first; one way to each group is enough to show.
      if (seen.has(id)) continue
      seen.add(id)
      push(ways, id, {
        to: name,
        id: groupId,
        weight,
        isProtected,
        isNested: path.isNested,
        path: path.names,
        byPrimaryGroup,
        isEligible: false,
      })
    }
  }

  function addRoles(): void {
    const roles = new Map(reading.roles.map((role) => [role.id, role]))
    for (const { role: roleId, holder, state } of reading.assignments) {
      const role = roles.get(roleId)
      if (role === undefined || role.weight === 'ordinary') continue
      const way = {
        to: role.name,
        id: role.weight === 'highest' ? 'highest-role' : 'high-role',
        weight: role.weight === 'highest' ? 'rules' : 'operates',
        isProtected: false,
        byPrimaryGroup: false,
        isEligible: state === 'eligible',
      } as const
      const top = indexOf.get(holder)
      if (top === undefined)
        push(ways, holder, { ...way, isNested: false, path: () => [role.name] })
      else {
        for (const id of new Set([...membersBelow(top)].map(([member]) => member))) {
          push(ways, id, {
            ...way,
            isNested: true,
            path: () => [groups[top]?.name ?? '', role.name],
          })
        }
      }
    }
  }
}

function* edgesOf(
  groups: readonly Group[],
  indexOf: ReadonlyMap<string, number>,
): Generator<readonly [number, number]> {
  for (const [index, { members }] of groups.entries()) {
    for (const member of members) {
      const child = indexOf.get(member)
      if (child !== undefined) yield [child, index]
    }
  }
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
