// Who may act in somebody else's name, or change what decides who rules.
import type { AccessEdge, AccessRight } from '#model'
import type { Known, KnownAccount, KnownMachine, Site } from '#audit/picture'
import type { Principal } from '#model'
import { builtInIdOf, relativeIdOf } from '#audit/security-identifier'
import { privilegedGroupOf } from '#audit/privileged-groups'
import { named } from './lifecycle.ts'
import { type Check, check, judged, unless, type Verdict, windows } from './check.ts'

const words = {
  theme: 'delegation',
  systems: windows,
  owner: 'directory administration',
  retest: 'Audit again with the same source.',
} as const

const unconstrained = {
  ...words,
  title: 'A service may act as everyone who signs in to it, anywhere',
  severity: 'critical',
  needs: ['accountFlags'],
  fix: 'Name the services it needs to act towards, or let those name it.',
  undo: 'Set the flag “trusted for delegation” again.',
  avoids: 'Domain controllers have it as they are made, and a disabled account does nothing.',
} as const

const constrained = {
  ...words,
  title: 'A service may act as others towards a service that rules',
  severity: 'critical',
  needs: ['delegation', 'accountFlags'],
  fix: 'Take domain controllers off the list of services.',
  undo: 'Put the service back on the list.',
  avoids:
    'Acting towards an ordinary service is what this kind of delegation is for, and is not named.',
} as const

export const delegationChecks: readonly Check[] = [
  check({ ...unconstrained, id: 'unlimited-delegation', about: 'account', judge: judgeUnlimited }),
  check({
    ...unconstrained,
    id: 'unlimited-delegation-of-machine',
    about: 'machine',
    judge: judgeUnlimited,
  }),
  check({ ...constrained, id: 'delegation-to-ruler', about: 'account', judge: judgeLimited }),
  check({
    ...constrained,
    id: 'delegation-of-machine-to-ruler',
    about: 'machine',
    judge: judgeLimited,
  }),
  check({
    ...words,
    id: 'acted-for-at-controller',
    title: 'Somebody may act as others towards a domain controller',
    severity: 'critical',
    about: 'machine',
    needs: ['resourceDelegation'],
    fix: 'Clear the list of who may act for others.',
    undo: 'Put the list back.',
    avoids: 'Other machines may have such a list for a service of theirs.',
    judge: ({ it }) =>
      it.kind === 'domain-controller'
        ? unless((it.actedForBy?.length ?? 0) > 0, `by ${named(it.actedForBy ?? [])}`)
        : undefined,
  }),
  check({
    ...words,
    id: 'former-identifier',
    title: 'An account still counts as another one that it used to be',
    severity: 'high',
    about: 'account',
    needs: ['sidHistory'],
    fix: 'Give it the rights it needs under its present identifier, then clear the history.',
    undo: 'Not possible; keep a list of what it opened.',
    avoids:
      'What is left of a migration is named too, and the worst, an identifier of its own domain or of a ruler, is said.',
    judge: ({ it }) => judged((it.sidHistory ?? []).map((sid) => `${sid}${worstOf(sid, it.sid)}`)),
  }),
  check({
    ...words,
    id: 'control-over-rulers',
    title: 'Somebody who does not rule may take control over what does',
    severity: 'critical',
    about: 'directory',
    needs: ['access', 'members', 'sid'],
    fix: 'Remove the entry from the access list.',
    undo: 'Add the entry again.',
    avoids:
      'Rulers, the system itself, controllers and the groups the system gives such rights to are as they should be.',
    judge: ({ site }) => judged(controlOverRulers(site)),
  }),
]

function judgeUnlimited({ it }: KnownAccount | KnownMachine): Verdict {
  if (it.enabled === false || it.kind === 'domain-controller') return undefined
  return unless(it.flags.trustedForDelegation === true, 'trusted for delegation to any service')
}

function judgeLimited({ it, site }: Known<Principal>): Verdict {
  const targets = it.delegatesTo ?? []
  if (it.enabled === false || targets.length === 0) return undefined
  const controllers = controllerNames(site)
  const found = targets.filter((target) => controllers.has(hostOf(target)))
  const any = it.flags.trustedToImpersonate === true ? ', in anybody’s name' : ''
  return unless(found.length > 0, `to ${named(found)}${any}`)
}

const namesBySite = new WeakMap<Site, ReadonlySet<string>>()

function controllerNames(site: Site): ReadonlySet<string> {
  const known = namesBySite.get(site)
  if (known !== undefined) return known
  const found = new Set<string>()
  for (const { it } of site.machines) {
    if (it.kind === 'domain-controller') found.add(it.name.replace(/\$$/, '').toLowerCase())
  }
  namesBySite.set(site, found)
  return found
}

/** `dc1` of `ldap/dc1.example.com:389/EXAMPLE`. */
function hostOf(service: string): string {
  return (service.split('/')[1] ?? '').replace(/[.:].*$/, '').toLowerCase()
}

function worstOf(sid: string, own: string | undefined): string {
  const rid = relativeIdOf(sid)
  if (rid === 500 || rid === 512 || rid === 518 || rid === 519 || builtInIdOf(sid) === 544) {
    return ', which rules'
  }
  const domain = sid.replace(/-\d+$/, '')
  return own?.startsWith(`${domain}-`) === true ? ', of its own domain' : ''
}

const controls: ReadonlySet<AccessRight> = new Set([
  'owns',
  'everything',
  'write',
  'write-access-list',
  'write-owner',
  'all-extended',
  'replicate-secrets',
  'add-member',
  'add-self',
  'reset-password',
  'write-key-credential',
] satisfies AccessRight[])

function controlOverRulers(site: Site): readonly string[] {
  const { reading, membership } = site
  const groups = new Map(reading.groups.map((group) => [group.id, group]))
  const names = new Map<string, string>()
  for (const { id, name } of [...reading.groups, ...reading.accounts, ...reading.machines]) {
    names.set(id, name)
  }
  const controllers = new Set(
    reading.machines.filter(({ kind }) => kind === 'domain-controller').map(({ id }) => id),
  )
  const isTarget = ({ target, targetKind }: AccessEdge): boolean => {
    if (targetKind === 'domain' || controllers.has(target)) return true
    const group = groups.get(target)
    if (group !== undefined) return privilegedGroupOf(group)?.weight === 'rules'
    return membership.waysOf(target).some(({ weight }) => weight === 'rules')
  }
  const isExpected = (holder: string): boolean => {
    if (isSystem(holder) || controllers.has(holder)) return true
    const group = groups.get(holder)
    if (group === undefined)
      return membership.waysOf(holder).some(({ weight }) => weight === 'rules')
    return isSystem(group.sid ?? '') || privilegedGroupOf(group) !== undefined
  }
  return reading.access
    .filter((edge) => controls.has(edge.right) && isTarget(edge) && !isExpected(edge.holder))
    .map(
      ({ holder, right, target }) =>
        `\`${names.get(holder) ?? holder}\` may ${right.replaceAll('-', ' ')}: \`${names.get(target) ?? target}\``,
    )
}

// The system, who owns something, Enterprise Domain Controllers, controllers and what synchronises
// with the cloud: the system itself gives these what they have.
function isSystem(id: string): boolean {
  const rid = relativeIdOf(id.replace(/^.*?(?=S-1-)/i, ''))
  return (
    /(?:^|-)S-1-5-(?:18|9|10)$|(?:^|-)S-1-3-\d+$/i.test(id) ||
    builtInIdOf(id) !== undefined ||
    (rid !== undefined && [498, 512, 516, 518, 519, 521, 526, 527].includes(rid))
  )
}
