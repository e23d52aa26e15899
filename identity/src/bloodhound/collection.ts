// Collections of BloodHound, versions 4 to 6: what a collector saw of one domain, object by object,
// with the access lists already spelt out as rights.
import { type Fields, isFields, listOf, numberOf, textOf, truthOf } from '#files/fields'
import type { SourceDocument } from '#files/documents.file'
import { given } from '#given'
import type { AccessEdge, AccessRight, CertificateTemplate, DomainSettings, Trust } from '#model'
import { type AttributeName, finishReading, type Reading } from '#reading'
import { SourceError } from '#source-error'
import { accountOf, groupOf, idOf, machineOf, propertiesOf } from './principals.ts'

const oldestVersion = 4
const newestVersion = 6

/** Whether a document is part of a collection. */
export function isCollection(content: unknown): content is Fields {
  return (
    isFields(content) &&
    Array.isArray(content['data']) &&
    isFields(content['meta']) &&
    textOf(content['meta']['type']) !== undefined
  )
}

/** The reading of a whole collection. Throws a `SourceError` for a version it does not know. */
export function readCollection(
  name: string,
  documents: readonly SourceDocument[],
  readAt: number,
): Reading {
  const objects = new Map<string, Fields[]>()
  for (const { name: file, content } of documents) {
    if (!isCollection(content)) continue
    const meta = isFields(content['meta']) ? content['meta'] : {}
    const version = numberOf(meta['version']) ?? 0
    if (version < oldestVersion || version > newestVersion) {
      const what = `version ${version} of collections is not known here`
      throw new SourceError(file, what, 'collect again with a collector of version 4 to 6')
    }
    const type = textOf(meta['type'])?.toLowerCase() ?? ''
    objects.set(type, [...(objects.get(type) ?? []), ...listOf(content['data'])])
  }
  const of = (type: string): readonly Fields[] => objects.get(type) ?? []
  const identified = [...objects.values()].flat().map(idOf)
  const known = new Set(identified)
  const access = [...targetKinds].flatMap(([type, kind]) =>
    of(type).flatMap((it) => edgesOf(it, kind)),
  )
  const accounts = of('users').map((it) => accountOf(it, readAt, known))
  const machines = of('computers').map((it) => machineOf(it, readAt, known))
  const groups = of('groups').map((it) => groupOf(it, known))
  const all = [...objects.values()].reduce((sum, list) => sum + list.length, 0)
  return finishReading(
    {
      system: 'bloodhound',
      name,
      readAt,
      tells: tellsOf(objects),
      accounts,
      machines,
      groups,
      domains: of('domains').map(domainOf),
      trusts: of('domains').flatMap((it) => listOf(it['Trusts']).map(trustOf)),
      templates: of('certtemplates').map(templateOf),
      access,
    },
    { other: all - accounts.length - machines.length - groups.length },
  )
}

const targetKinds: ReadonlyMap<string, AccessEdge['targetKind']> = new Map([
  ['users', 'account'],
  ['computers', 'machine'],
  ['groups', 'group'],
  ['domains', 'domain'],
  ['gpos', 'policy-object'],
  ['ous', 'organisational-unit'],
  ['containers', 'container'],
  ['certtemplates', 'certificate-template'],
])

const rights: ReadonlyMap<string, AccessRight> = new Map([
  ['owns', 'owns'],
  ['genericall', 'everything'],
  ['genericwrite', 'write'],
  ['writedacl', 'write-access-list'],
  ['writeowner', 'write-owner'],
  ['allextendedrights', 'all-extended'],
  ['getchanges', 'replicate'],
  ['getchangesall', 'replicate-secrets'],
  ['addmember', 'add-member'],
  ['addself', 'add-self'],
  ['forcechangepassword', 'reset-password'],
  ['addkeycredentiallink', 'write-key-credential'],
  ['writespn', 'write-service-principal'],
  ['addallowedtoact', 'write-delegation'],
  ['writeaccountrestrictions', 'write-delegation'],
  ['readlapspassword', 'read-local-password'],
  ['synclapspassword', 'read-local-password'],
  ['readgmsapassword', 'read-managed-password'],
  ['enroll', 'enrol'],
])

function edgesOf(object: Fields, targetKind: AccessEdge['targetKind']): readonly AccessEdge[] {
  return listOf(object['Aces']).flatMap((ace) => {
    const holder = textOf(ace['PrincipalSID'])
    const right = rights.get(textOf(ace['RightName'])?.toLowerCase() ?? '')
    if (holder === undefined || right === undefined) return []
    const inherited = truthOf(ace['IsInherited'])
    return [given({ holder, right, target: idOf(object), targetKind, inherited })]
  })
}

function domainOf(object: Fields): DomainSettings {
  const own = propertiesOf(object)
  const lockout = numberOf(own['lockoutthreshold'])
  return given({
    name: (textOf(own['name']) ?? idOf(object)).toLowerCase(),
    distinguishedName: textOf(own['distinguishedname']),
    sid: idOf(object),
    machineQuota: numberOf(own['machineaccountquota']),
    minimumPasswordLength: numberOf(own['minpwdlength']),
    passwordHistory: numberOf(own['pwdhistorylength']),
    lockoutThreshold: lockout,
    smartCardSecretsRoll: truthOf(own['expirepasswordsonsmartcardonlyaccounts']),
  })
}

const directions = ['disabled', 'inbound', 'outbound', 'both'] as const
const directionNames = ['disabled', 'inbound', 'outbound', 'bidirectional']
const trustKinds = ['within-forest', 'within-forest', 'forest', 'external', 'external'] as const
const trustNames = ['parentchild', 'crosslink', 'forest', 'external', 'unknown']

function trustOf(trust: Fields): Trust {
  const kind = trustKinds[indexOf(trust['TrustType'], trustNames)] ?? 'external'
  return given({
    domain: (textOf(trust['TargetDomainName']) ?? 'unknown').toLowerCase(),
    direction: directions[indexOf(trust['TrustDirection'], directionNames)] ?? 'disabled',
    kind,
    sidFiltering: kind === 'within-forest' ? undefined : truthOf(trust['SidFilteringEnabled']),
    ticketDelegation: truthOf(trust['TGTDelegationEnabled']),
  } as const)
}

/** Written as a number by older collectors and as a word by newer ones. */
function indexOf(value: unknown, names: readonly string[]): number {
  return typeof value === 'string' ? names.indexOf(value.toLowerCase()) : (numberOf(value) ?? -1)
}

function templateOf(object: Fields): CertificateTemplate {
  const own = propertiesOf(object)
  return given({
    id: idOf(object),
    name: textOf(own['name'])?.split('@')[0] ?? idOf(object),
    requesterNamesSubject: truthOf(own['enrolleesuppliessubject']),
    clientAuthentication: truthOf(own['authenticationenabled']),
    approvalRequired: truthOf(own['requiresmanagerapproval']),
  })
}

const telling: readonly (readonly [AttributeName, string, string])[] = [
  ['enabled', 'users', 'enabled'],
  ['created', 'users', 'whencreated'],
  ['lastUse', 'users', 'lastlogontimestamp'],
  ['passwordChanged', 'users', 'pwdlastset'],
  ['passwordNeverExpires', 'users', 'pwdneverexpires'],
  ['accountFlags', 'users', 'useraccountcontrol'],
  ['servicePrincipals', 'users', 'serviceprincipalnames'],
  ['sidHistory', 'users', 'sidhistory'],
  ['adminCount', 'users', 'admincount'],
  ['mail', 'users', 'email'],
  ['title', 'users', 'title'],
  ['description', 'users', 'description'],
  ['delegation', 'computers', 'allowedtodelegate'],
  ['operatingSystem', 'computers', 'operatingsystem'],
  ['machineQuota', 'domains', 'machineaccountquota'],
  ['passwordPolicy', 'domains', 'minpwdlength'],
]

/** Collectors write a property with no value too, so one that is nowhere was not collected. */
function tellsOf(objects: ReadonlyMap<string, readonly Fields[]>): ReadonlySet<AttributeName> {
  const tells = new Set<AttributeName>(['sid', 'primaryGroup', 'access'])
  for (const [says, type, property] of telling) {
    if (objects.get(type)?.some((it) => Object.hasOwn(propertiesOf(it), property))) tells.add(says)
  }
  if (objects.has('groups')) tells.add('members')
  if (objects.has('domains')) tells.add('trusts')
  if (objects.has('certtemplates')) tells.add('templates')
  if (objects.has('computers')) tells.add('resourceDelegation')
  return tells
}
