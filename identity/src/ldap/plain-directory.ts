// Entries of a directory by the common standards: people (RFC 2798), accounts of Unix (RFC 2307)
// and groups (RFC 4519), with the operational attributes of password policies.
import { given } from '#given'
import { passwordLooks, suspectedSecret } from '#suspected-secret'
import type { SuspectedSecret } from '#model'
import type { Draft } from './draft.ts'
import { asText, type Entry, integer, text, texts, truth } from './entry.ts'
import { generalizedTime } from './times.ts'

const accountClasses = [
  'person',
  'organizationalperson',
  'inetorgperson',
  'posixaccount',
  'account',
  'simplesecurityobject',
]
const groupClasses = ['groupofnames', 'groupofuniquenames', 'groupofmembers', 'posixgroup']
const dayMs = 86_400_000

/** An account, machine or group; undefined for an entry of another kind. */
export function plainDraft(entry: Entry, classes: ReadonlySet<string>): Draft | undefined {
  if (groupClasses.some((name) => classes.has(name))) return groupDraft(entry)
  const isAccount = accountClasses.some((name) => classes.has(name))
  if (!isAccount && !classes.has('device')) return undefined
  const { secrets, description } = readableTexts(entry)
  const principal = {
    ...identity(entry, ['uid', 'cn']),
    displayName: text(entry, 'displayname') ?? text(entry, 'cn'),
    enabled: enabledOf(entry),
    expiresAt: expiry(entry),
    passwordChangedAt: passwordChanged(entry),
    flags: {},
    description,
    secrets,
  }
  const references = {
    manager: text(entry, 'manager'),
    owner: text(entry, 'owner') ?? text(entry, 'managedby'),
    memberOf: texts(entry, 'memberof'),
  }
  const stamps = {
    local: generalizedTime(
      text(entry, 'authtimestamp') ?? text(entry, 'pwdlastsuccess') ?? text(entry, 'lastlogintime'),
    ),
  }
  if (!isAccount) {
    return {
      kind: 'machine',
      entry: given({ ...principal, kind: 'device' as const }),
      references,
      stamps,
    }
  }
  const account = given({
    ...principal,
    kind: classes.has('inetorgperson') || classes.has('organizationalperson') ? 'person' : 'user',
    mail: text(entry, 'mail'),
    employeeId: text(entry, 'employeenumber') ?? text(entry, 'employeeid'),
    employeeType: text(entry, 'employeetype'),
    department: text(entry, 'departmentnumber') ?? text(entry, 'department') ?? text(entry, 'ou'),
    title: text(entry, 'title'),
  } as const)
  return { kind: 'account', entry: account, references, stamps }
}

function groupDraft(entry: Entry): Draft {
  const { secrets, description } = readableTexts(entry)
  return {
    kind: 'group',
    entry: given({ ...identity(entry, ['cn']), description, secrets }),
    references: { owner: text(entry, 'owner') ?? text(entry, 'managedby') },
    // A unique member may carry a bit string after its name (RFC 4517 §3.3.21).
    members: [
      ...(texts(entry, 'member') ?? []),
      ...(texts(entry, 'uniquemember') ?? []).map((it) => it.replace(/#'[01]*'B$/, '')),
    ],
    memberNames: texts(entry, 'memberuid') ?? [],
    times: [],
  }
}

function identity(entry: Entry, naming: readonly string[]) {
  return {
    id: text(entry, 'entryuuid') ?? text(entry, 'nsuniqueid') ?? entry.dn,
    name: naming.map((it) => text(entry, it)).find((it) => it !== undefined) ?? entry.dn,
    distinguishedName: entry.dn,
    createdAt: generalizedTime(text(entry, 'createtimestamp')),
    changedAt: generalizedTime(text(entry, 'modifytimestamp')),
  }
}

/**
 * A lock is an operational attribute, so its absence says something only where operational
 * attributes are there at all.
 */
function enabledOf(entry: Entry): boolean | undefined {
  if (truth(entry, 'nsaccountlock') === true) return false
  // This moment in the first year stands for a lock without an end.
  if (text(entry, 'pwdaccountlockedtime')?.startsWith('000001010000')) return false
  return entry.values.has('entryuuid') || entry.values.has('createtimestamp') ? true : undefined
}

function expiry(entry: Entry): number | 'never' | undefined {
  const days = integer(entry, 'shadowexpire')
  if (days === undefined) return generalizedTime(text(entry, 'pwdendtime'))
  return days < 0 ? 'never' : days * dayMs
}

function passwordChanged(entry: Entry): number | 'must-change' | undefined {
  if (truth(entry, 'pwdreset') === true) return 'must-change'
  const at = generalizedTime(text(entry, 'pwdchangedtime'))
  const days = integer(entry, 'shadowlastchange')
  if (at !== undefined || days === undefined) return at
  return days === 0 ? 'must-change' : days * dayMs
}

function readableTexts(entry: Entry): {
  readonly secrets: readonly SuspectedSecret[]
  readonly description: string | undefined
} {
  const value = text(entry, 'description')
  const found = value === undefined ? undefined : suspectedSecret(value)
  const password = entry.values.get('userpassword')?.[0]
  return {
    secrets: [
      ...(found === undefined ? [] : [{ attribute: 'description', looksLike: found }]),
      ...(password === undefined
        ? []
        : [{ attribute: 'userPassword', looksLike: passwordLooks(asText(password)) }]),
    ],
    description: found === undefined ? value : undefined,
  }
}
