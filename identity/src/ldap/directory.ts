// Puts entries of a directory together into a reading: which kind each is, who refers to whom, and
// what the whole of it tells.
import { X509Certificate } from 'node:crypto'
import { given } from '#given'
import type {
  AccessEdge,
  Account,
  CertificateTemplate,
  DomainSettings,
  Machine,
  Trust,
} from '#model'
import { type Bookmark, finishReading, type Reading, type Remark } from '#reading'
import { activeDirectoryDraft, isOfActiveDirectory } from './active-directory.ts'
import { domainOf, templateOf, trustOf } from './domain-objects.ts'
import type { Draft } from './draft.ts'
import { type Entry, texts } from './entry.ts'
import { dnKey } from './identifiers.ts'
import { resolveDrafts } from './resolve.ts'
import { plainDraft } from './plain-directory.ts'
import { grantsOf, type Grant } from './security-descriptor.ts'
import { looksWhole, tellingAttributes, toldBy } from './told.ts'

/** Every attribute that anything here reads, in lower case. */
export const wantedAttributes: ReadonlySet<string> = new Set([
  ...tellingAttributes,
  'objectclass',
  'objectguid',
  'cn',
  'uid',
  'ou',
  'samaccountname',
  'userprincipalname',
  'displayname',
  'isdeleted',
  'msds-user-account-control-computed',
  'whenchanged',
  'modifytimestamp',
  'nsuniqueid',
  'info',
  'comment',
  'userpassword',
  'unixuserpassword',
  'unicodepwd',
  'pwdreset',
  'grouptype',
  'pwdproperties',
  'lockoutthreshold',
  'maxpwdage',
  'pwdhistorylength',
  'msds-behavior-version',
  'trustpartner',
  'trustdirection',
  'trusttype',
  'pkiextendedkeyusage',
  'mspki-certificate-application-policy',
  'mspki-enrollment-flag',
  'certificatetemplates',
])

export interface DirectoryReader {
  readonly take: (entry: Entry) => void
  readonly remark: (where: string, what: string) => void
  /** Entries taken so far. */
  readonly count: () => number
  readonly finish: (end: DirectoryEnd) => Reading
}

interface DirectoryEnd {
  readonly name: string
  readonly readAt: number
  /** Attributes that occurred in any entry. */
  readonly seen: ReadonlySet<string>
  /** Whether everything was asked for; a file shows it by what it holds. */
  readonly everything?: boolean
  readonly bookmark?: Bookmark | undefined
}

const remarksMax = 10_000
const certificatesPerEntryMax = 64

/** Takes entries one by one, keeps what matters of each, and gives the reading at the end. */
export function directoryReader(): DirectoryReader {
  const drafts: Draft[] = []
  const domains: DomainSettings[] = []
  const trusts: Trust[] = []
  const templates: CertificateTemplate[] = []
  const published = new Set<string>()
  const access: AccessEdge[] = []
  const actors = new Map<string, readonly string[]>()
  const readers = new Map<string, readonly string[]>()
  const certificates = new Map<string, readonly number[]>()
  const remarks: Remark[] = []
  const names = new Map<string, string | undefined>()
  let other = 0
  let leftOut = 0
  let taken = 0
  let activeDirectory = false

  function remark(where: string, what: string): void {
    if (remarks.length < remarksMax) remarks.push({ where, what })
  }

  function take(entry: Entry): void {
    taken++
    const key = dnKey(entry.dn)
    if (names.has(key)) {
      leftOut++
      return remark(entry.where, 'this entry occurs a second time, and the first one counts')
    }
    for (const name of entry.partial) {
      remark(entry.where, `only a part of \`${name}\` is in the export; export it whole`)
    }
    const classes = new Set(texts(entry, 'objectclass')?.map((it) => it.toLowerCase()))
    if (isOfActiveDirectory(entry)) activeDirectory = true
    const draft = isOfActiveDirectory(entry)
      ? activeDirectoryDraft(entry, classes)
      : plainDraft(entry, classes)
    names.set(key, draft?.entry.id)
    if (draft === undefined) return takeOther(entry, classes)
    drafts.push(draft)
    takeBinary(entry, draft)
  }

  function takeOther(entry: Entry, classes: ReadonlySet<string>): void {
    other++
    if (classes.has('domaindns')) {
      const domain = domainOf(entry)
      if (domain !== undefined) {
        domains.push(domain)
        takeAccess(entry, domain.sid ?? entry.dn, 'domain')
      }
    } else if (classes.has('trusteddomain')) trusts.push(trustOf(entry))
    else if (classes.has('pkicertificatetemplate')) {
      const template = templateOf(entry)
      templates.push(template)
      takeAccess(entry, template.id, 'certificate-template')
    } else if (classes.has('pkienrollmentservice')) {
      for (const name of texts(entry, 'certificatetemplates') ?? []) published.add(name)
    } else if (classes.has('grouppolicycontainer')) takeAccess(entry, entry.dn, 'policy-object')
    else if (classes.has('organizationalunit')) takeAccess(entry, entry.dn, 'organisational-unit')
    // The container whose access list is copied to every protected account.
    else if (/^cn=adminsdholder,/i.test(entry.dn)) takeAccess(entry, entry.dn, 'container')
  }

  function takeAccess(entry: Entry, target: string, targetKind: AccessEdge['targetKind']): void {
    for (const grant of grants(entry, 'ntsecuritydescriptor')) {
      access.push({ ...grant, target, targetKind })
    }
  }

  function takeBinary(entry: Entry, { kind, entry: { id, adminCount } }: Draft): void {
    const control = kind === 'machine' || kind === 'group' || adminCount === 1
    if (control) takeAccess(entry, id, kind)
    const actedFor = grants(entry, 'msds-allowedtoactonbehalfofotheridentity')
    if (actedFor.length > 0) actors.set(id, holders(actedFor))
    const readable = grants(entry, 'msds-groupmsamembership')
    if (readable.length > 0) readers.set(id, holders(readable))
    const found = entry.values.get('usercertificate')?.slice(0, certificatesPerEntryMax)
    if (found !== undefined) certificates.set(id, found.flatMap(certificateEnd))
  }

  function grants(entry: Entry, name: string): readonly Grant[] {
    const value = entry.values.get(name)?.[0]
    if (value === undefined || typeof value === 'string') return []
    const found = grantsOf(value)
    if (found === undefined) remark(entry.where, `\`${name}\` is no whole access list`)
    return found ?? []
  }

  function finish({ name, readAt, seen, everything, bookmark }: DirectoryEnd): Reading {
    const options = { everything: everything ?? looksWhole(seen), activeDirectory }
    const tells = toldBy(seen, options)
    const lagMs = domains[0]?.signInLagMs ?? signInLagMs
    const resolved = resolveDrafts(drafts, names, {
      readAt,
      lagMs,
      activeDirectory,
      told: tells.has('lastUse'),
      replicatedTold: seen.has('lastlogontimestamp'),
    })
    const idOf = (sid: string): string => resolved.bySid.get(sid) ?? sid
    const completed = <T extends Account | Machine>(entry: T): T => {
      const actedForBy = actors.get(entry.id)?.map(idOf)
      const managedPasswordReaders = readers.get(entry.id)?.map(idOf)
      const certificateEndsAt = certificates.get(entry.id)
      if (!actedForBy && !managedPasswordReaders && !certificateEndsAt) return entry
      return { ...entry, ...given({ actedForBy, managedPasswordReaders, certificateEndsAt }) }
    }
    return finishReading(
      {
        system: activeDirectory ? 'active-directory' : 'ldap',
        name,
        readAt,
        tells,
        accounts: resolved.accounts.map(completed),
        machines: resolved.machines.map(completed),
        groups: resolved.groups,
        domains,
        trusts,
        templates: templates.map((template) =>
          seen.has('certificatetemplates')
            ? { ...template, published: published.has(template.name) }
            : template,
        ),
        access: access.map((edge) => ({ ...edge, holder: idOf(edge.holder) })),
        remarks,
        ...(bookmark && { bookmark }),
      },
      { other, leftOut },
    )
  }

  return { take, remark, count: () => taken, finish }
}

/** Where the domain sets no other: 14 days. */
const signInLagMs = 14 * 86_400_000

function holders(found: readonly Grant[]): readonly string[] {
  return [...new Set(found.filter(({ right }) => right !== 'owns').map(({ holder }) => holder))]
}

function certificateEnd(value: string | Uint8Array): readonly number[] {
  try {
    return [new X509Certificate(value).validToDate.getTime()]
  } catch {
    return []
  }
}
