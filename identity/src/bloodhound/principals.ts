// Users, computers and groups of a collection. Property names are in lower case there, and moments
// are seconds.
import { type Fields, isFields, listOf, numberOf, textOf, textsOf, truthOf } from '#files/fields'
import { given } from '#given'
import type { Account, Flags, Group, LastUse, Machine, SuspectedSecret } from '#model'
import { passwordLooks, suspectedSecret } from '#suspected-secret'

/** Where the collection does not say what the domain sets: 14 days. */
const signInLagMs = 14 * 86_400_000

function principalOf(object: Fields, readAt: number, known: ReadonlySet<string>) {
  const own = propertiesOf(object)
  const { secrets, description } = textsIn(own)
  const primary = textOf(object['PrimaryGroupSID'])
  const history = textsOf(own['sidhistory'])
  return {
    id: idOf(object),
    sid: textOf(object['ObjectIdentifier']),
    name: textOf(own['samaccountname']) ?? textOf(own['name'])?.split('@')[0] ?? idOf(object),
    displayName: textOf(own['displayname']),
    distinguishedName: textOf(own['distinguishedname']),
    enabled: truthOf(own['enabled']),
    deleted: truthOf(object['IsDeleted']) === true ? true : undefined,
    createdAt: secondsOf(own['whencreated']),
    lastUse: lastUseOf(own, readAt),
    passwordChangedAt: own['pwdlastset'] === 0 ? 'must-change' : secondsOf(own['pwdlastset']),
    flags: flagsOf(own),
    servicePrincipals: textsOf(own['serviceprincipalnames']),
    delegatesTo: textsOf(own['allowedtodelegate']),
    actedForBy: Array.isArray(object['AllowedToAct'])
      ? listOf(object['AllowedToAct']).flatMap((it) => textOf(it['ObjectIdentifier']) ?? [])
      : undefined,
    sidHistory: history,
    adminCount: truthOf(own['admincount']) === undefined ? undefined : Number(own['admincount']),
    primaryGroup: primary !== undefined && known.has(primary) ? primary : undefined,
    primaryGroupRid: primary === undefined ? undefined : Number(primary.split('-').at(-1)),
    description,
    secrets,
  } as const
}

export function accountOf(object: Fields, readAt: number, known: ReadonlySet<string>): Account {
  const own = propertiesOf(object)
  const managed = truthOf(own['gmsa']) === true || truthOf(own['msa']) === true
  return given({
    ...principalOf(object, readAt, known),
    kind: managed ? 'managed-service' : 'user',
    mail: textOf(own['email']),
    title: textOf(own['title']),
  } as const)
}

export function machineOf(object: Fields, readAt: number, known: ReadonlySet<string>): Machine {
  const own = propertiesOf(object)
  const principal = principalOf(object, readAt, known)
  const controls =
    truthOf(own['isdc']) ??
    truthOf(object['IsDC']) ??
    [516, 521].includes(principal.primaryGroupRid ?? 0)
  return given({
    ...principal,
    kind: controls ? 'domain-controller' : 'computer',
    operatingSystem: textOf(own['operatingsystem']),
  } as const)
}

export function groupOf(object: Fields, known: ReadonlySet<string>): Group {
  const own = propertiesOf(object)
  const { secrets, description } = textsIn(own)
  const members = listOf(object['Members']).flatMap((it) => textOf(it['ObjectIdentifier']) ?? [])
  return given({
    id: idOf(object),
    sid: /S-1-\d.*/.exec(idOf(object))?.[0],
    name: textOf(own['samaccountname']) ?? textOf(own['name'])?.split('@')[0] ?? idOf(object),
    distinguishedName: textOf(own['distinguishedname']),
    createdAt: secondsOf(own['whencreated']),
    adminCount: truthOf(own['admincount']) === undefined ? undefined : Number(own['admincount']),
    description,
    secrets,
    members: [...new Set(members.filter((it) => known.has(it)))],
    membersUnresolved: [...new Set(members.filter((it) => !known.has(it)))],
  })
}

const flagNames = [
  ['passwordNeverExpires', 'pwdneverexpires'],
  ['passwordNotRequired', 'passwordnotreqd'],
  ['passwordCannotChange', 'passwordcantchange'],
  ['reversibleEncryption', 'encryptedtextpwdallowed'],
  ['smartCardRequired', 'smartcardrequired'],
  ['sensitiveNotDelegatable', 'sensitive'],
  ['desOnly', 'usedeskeyonly'],
  ['preAuthenticationOff', 'dontreqpreauth'],
  ['trustedForDelegation', 'unconstraineddelegation'],
  ['trustedToImpersonate', 'trustedtoauth'],
] as const satisfies readonly (readonly [keyof Flags, string])[]

function flagsOf(own: Fields): Flags {
  return Object.fromEntries(
    flagNames.flatMap(([flag, name]) => {
      const value = truthOf(own[name])
      return value === undefined ? [] : [[flag, value]]
    }),
  )
}

/** 0 and -1 both stand for never. */
function lastUseOf(own: Fields, readAt: number): LastUse {
  const shared = numberOf(own['lastlogontimestamp'])
  const local = numberOf(own['lastlogon'])
  if (shared === undefined)
    return { kind: 'unknown', because: 'the collection has no `lastlogontimestamp`' }
  const evidence = ['lastlogontimestamp', 'lastlogon']
  const notBefore = Math.max(shared, local ?? 0) * 1_000
  if (notBefore <= 0) return { kind: 'never', evidence }
  const notAfter = shared > 0 ? Math.min(readAt, shared * 1_000 + signInLagMs) : readAt
  return { kind: 'between', notBefore, notAfter: Math.max(notBefore, notAfter), evidence }
}

const passwordNames = ['userpassword', 'unixpassword', 'unicodepassword', 'sfupassword']

function textsIn(own: Fields): {
  readonly secrets: readonly SuspectedSecret[]
  readonly description: string | undefined
} {
  const description = textOf(own['description'])
  const found = description === undefined ? undefined : suspectedSecret(description)
  const passwords = passwordNames.flatMap((attribute) => {
    const value = textOf(own[attribute])
    return value === undefined ? [] : [{ attribute, looksLike: passwordLooks(value) }]
  })
  return {
    secrets:
      found === undefined
        ? passwords
        : [{ attribute: 'description', looksLike: found }, ...passwords],
    description: found === undefined ? description : undefined,
  }
}

export function idOf(object: Fields): string {
  return textOf(object['ObjectIdentifier']) ?? 'unknown'
}

export function propertiesOf(object: Fields): Fields {
  return isFields(object['Properties']) ? object['Properties'] : {}
}

function secondsOf(value: unknown): number | undefined {
  const seconds = numberOf(value)
  return seconds === undefined || seconds <= 0 ? undefined : seconds * 1_000
}
