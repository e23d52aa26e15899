// When every entry is read: distinguished names become ids, stamps become intervals, and members
// named from either side come together.
import { given } from '#given'
import type { Account, Group, LastUse, Machine, MembershipRecord, SourceKind } from '#model'
import type { Draft, Stamps } from './draft.ts'
import { dnKey } from './identifiers.ts'

interface Moment {
  readonly readAt: number
  readonly lagMs: number
  readonly activeDirectory: boolean
  /** Whether any entry of the source has a stamp of its last use. */
  readonly told: boolean
  /** Whether any has the stamp that servers share. */
  readonly replicatedTold: boolean
}

interface Resolved {
  readonly accounts: readonly Account[]
  readonly machines: readonly Machine[]
  readonly groups: readonly Group[]
  readonly bySid: ReadonlyMap<string, string>
}

type GroupDraft = Extract<Draft, { readonly kind: 'group' }>

/** The entries as the model has them. `byKey` has the id of each entry by the key of its name. */
export function resolveDrafts(
  drafts: readonly Draft[],
  byKey: ReadonlyMap<string, string | undefined>,
  moment: Moment,
): Resolved {
  const byDn = new Map<string, string>()
  const bySid = new Map<string, string>()
  const byName = new Map<string, string>()
  for (const { kind, entry } of drafts) {
    if (entry.distinguishedName !== undefined) byDn.set(entry.distinguishedName, entry.id)
    if (entry.sid !== undefined) bySid.set(entry.sid, entry.id)
    if (kind === 'account') byName.set(entry.name.toLowerCase(), entry.id)
  }
  // Most references are written as the entry writes its own name, which saves making the key.
  const find = (dn: string): string | undefined => byDn.get(dn) ?? byKey.get(dnKey(dn))
  const members = membersFromBelow(drafts, find)

  const accounts: Account[] = []
  const machines: Machine[] = []
  const groups: Group[] = []
  for (const draft of drafts) {
    if (draft.kind === 'group') {
      groups.push(groupOf(draft, members.get(draft.entry.id) ?? [], find, byName))
      continue
    }
    const { sid, primaryGroupRid } = draft.entry
    const domain = sid?.slice(0, sid.lastIndexOf('-'))
    const common = {
      lastUse: withoutSignIn.has(draft.entry.kind) ? cannotSignIn : lastUse(draft.stamps, moment),
      primaryGroup:
        domain === undefined || primaryGroupRid === undefined
          ? undefined
          : bySid.get(`${domain}-${primaryGroupRid}`),
      ...reference('owner', draft.references.owner, find),
    }
    if (draft.kind === 'machine') machines.push(given({ ...draft.entry, ...common }))
    else {
      const manager = reference('manager', draft.references.manager, find)
      accounts.push(given({ ...draft.entry, ...common, ...manager }))
    }
  }
  return { accounts, machines, groups, bySid }
}

/** Members that say themselves where they belong, by group. */
function membersFromBelow(
  drafts: readonly Draft[],
  find: (dn: string) => string | undefined,
): ReadonlyMap<string, readonly string[]> {
  const members = new Map<string, string[]>()
  for (const { entry, references } of drafts) {
    for (const name of references.memberOf ?? []) {
      const group = find(name)
      if (group === undefined) continue
      const list = members.get(group)
      if (list === undefined) members.set(group, [entry.id])
      else list.push(entry.id)
    }
  }
  return members
}

function groupOf(
  { entry, members, memberNames, references, times }: GroupDraft,
  fromBelow: readonly string[],
  find: (dn: string) => string | undefined,
  byName: ReadonlyMap<string, string>,
): Group {
  const found = new Set<string>()
  const unresolved = new Set<string>()
  const add = (id: string | undefined, written: string): void => {
    if (id === undefined) unresolved.add(written)
    else found.add(id)
  }
  for (const dn of members) add(find(dn), dn)
  for (const name of memberNames) add(byName.get(name.toLowerCase()), name)
  for (const id of fromBelow) found.add(id)
  const memberships = new Map<string, MembershipRecord>()
  for (const { member, addedAt } of times) {
    const id = find(member)
    if (id !== undefined && found.has(id)) memberships.set(id, { addedAt })
  }
  const owner = references.owner
  const ownerId = owner === undefined ? undefined : find(owner)
  return given({
    ...entry,
    members: [...found],
    membersUnresolved: [...unresolved],
    memberships: memberships.size === 0 ? undefined : memberships,
    owners: ownerId === undefined ? undefined : [ownerId],
    ownersUnresolved: owner !== undefined && ownerId === undefined ? [owner] : undefined,
  })
}

function reference<Name extends 'owner' | 'manager'>(
  name: Name,
  dn: string | undefined,
  find: (dn: string) => string | undefined,
): { readonly [K in Name | `${Name}Unresolved`]?: string } {
  if (dn === undefined) return {}
  const id = find(dn)
  return { [id === undefined ? `${name}Unresolved` : name]: id ?? dn } as {
    [K in Name | `${Name}Unresolved`]?: string
  }
}

/**
 * The replicated stamp is only renewed when it is old, so the truth is up to the lag later. The
 * stamp of one server is exact, but another may have seen the account since.
 */
function lastUse({ replicated, local }: Stamps, moment: Moment): LastUse {
  const { readAt, lagMs, activeDirectory, told, replicatedTold } = moment
  if (!told) return { kind: 'unknown', because: 'the source has no stamp of the last use' }
  if (!activeDirectory) {
    if (typeof local === 'number') {
      return { kind: 'between', notBefore: local, notAfter: local, evidence: exactEvidence }
    }
    return { kind: 'unknown', because: 'the entry has no stamp, and it may be older than stamping' }
  }
  const stamp = typeof replicated === 'number' ? replicated : undefined
  const exact = typeof local === 'number' ? local : undefined
  if (stamp === undefined && exact === undefined) {
    return replicatedTold
      ? { kind: 'never', evidence: bothEvidence }
      : { kind: 'unknown', because: 'the source has the stamp of one server only' }
  }
  const notBefore = Math.max(stamp ?? 0, exact ?? 0)
  const notAfter =
    stamp === undefined ? readAt : Math.max(notBefore, Math.min(readAt, stamp + lagMs))
  const evidence =
    stamp === undefined ? localEvidence : exact === undefined ? replicatedEvidence : bothEvidence
  return { kind: 'between', notBefore, notAfter, evidence }
}

const withoutSignIn: ReadonlySet<string> = new Set<SourceKind>(['foreign', 'contact'])
const cannotSignIn: LastUse = { kind: 'unknown', because: 'an entry of this kind cannot sign in' }
const exactEvidence = ['authTimestamp']
const localEvidence = ['lastLogon']
const replicatedEvidence = ['lastLogonTimestamp']
const bothEvidence = ['lastLogonTimestamp', 'lastLogon']
