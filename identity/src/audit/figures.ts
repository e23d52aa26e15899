// The seven headline figures. Each says what it counts among what, what it leaves out, and how sure
// it is; each can be listed, name by name.
import { formerRoleGroups } from '#checks/memberships'
import { rules } from '#checks/privilege'
import { hasSecondFactor, isCounted, isCovered, isSignedInTo } from '#checks/sign-in'
import { attributes, type AttributeName } from '#reading'
import type { Confidence, Figure } from './audit-report.ts'
import type { KnownAccount, Picture, Site } from './picture.ts'

interface Words {
  readonly id: string
  readonly title: string
  readonly definition: string
  readonly needs: readonly AttributeName[]
  /** One of these is enough, and without any of them nothing can be told. */
  readonly oneOf?: readonly AttributeName[]
  readonly isShare?: true
}

interface Counted {
  readonly of: number
  readonly listed: readonly string[]
  readonly exclusions?: Readonly<Record<string, number>>
  readonly confidence: Confidence
  readonly because: string
}

/** The figures of a picture, in the order of reports. */
export function figuresOf(picture: Picture): readonly Figure[] {
  return rows.map(([words, count]) => {
    const { needs, oneOf = [], isShare = false, ...named } = words
    const isAble = (site: Site): boolean =>
      needs.every((it) => site.tells(it)) &&
      (oneOf.length === 0 || oneOf.some((it) => site.tells(it)))
    const sites = picture.sites.filter(isAble)
    if (sites.length === 0) {
      const isUntold = (it: AttributeName): boolean => !picture.sites.some((site) => site.tells(it))
      const missing = [...needs.filter(isUntold), ...(oneOf.every(isUntold) ? oneOf : [])]
      return { ...named, state: 'cannot-tell', missing: missing.map((it) => attributes[it]) }
    }
    const { of, listed, exclusions = {}, confidence, because } = count(sites, picture)
    return {
      ...named,
      state: 'known',
      count: listed.length,
      of,
      isShare,
      exclusions: Object.entries(exclusions).flatMap(([what, excluded]) =>
        excluded === 0 ? [] : [{ what, count: excluded }],
      ),
      confidence,
      because,
      listed,
    }
  })
}

const rows: readonly (readonly [Words, (sites: readonly Site[], picture: Picture) => Counted])[] = [
  [
    {
      id: 'orphaned-accounts',
      title: 'Orphaned accounts',
      definition:
        'Enabled accounts of people whose personnel key is absent, unknown, or of somebody who has left',
      needs: ['enabled', 'employeeId', 'personnel'],
    },
    (sites) => {
      const people = accountsOf(sites).filter(
        ({ it, isPersonal }) => it.enabled === true && isPersonal,
      )
      const states = new Set(['no-key', 'unknown', 'left'])
      const found = people.filter(({ employment }) => states.has(employment?.state ?? ''))
      return { of: people.length, listed: names(found), ...sureness(found) }
    },
  ],
  [
    {
      id: 'services-without-expiry',
      title: 'Service accounts without expiry',
      definition:
        'Enabled service accounts whose password never expires and is not rotated by the directory, on an account without an end',
      needs: ['enabled', 'passwordNeverExpires', 'expiry'],
    },
    (sites) => {
      const services = accountsOf(sites).filter(
        ({ it, classification }) => it.enabled === true && classification.class === 'service',
      )
      const found = services.filter(
        ({ it }) =>
          it.flags.passwordNeverExpires === true &&
          it.kind !== 'managed-service' &&
          typeof it.expiresAt !== 'number',
      )
      return { of: services.length, listed: names(found), ...sureness(found) }
    },
  ],
  [
    {
      id: 'rulers',
      title: 'Domain administrators',
      definition:
        'Enabled accounts that rule a domain or hold the highest role, directly, through groups within groups, or by primary group',
      needs: ['enabled'],
      oneOf: ['members', 'roles'],
    },
    (sites) => {
      const enabled = accountsOf(sites).filter(({ it }) => it.enabled === true)
      const hasNumbers = sites.every((site) => site.tells('sid') || site.tells('roles'))
      return {
        of: enabled.length,
        listed: names(enabled.filter(rules)),
        confidence: hasNumbers ? 'high' : 'medium',
        because: hasNumbers
          ? 'groups are known by their numbers'
          : 'groups are known by their names alone, which may be translated',
      }
    },
  ],
  [
    {
      id: 'shared-accounts',
      title: 'Shared accounts',
      definition: 'Enabled accounts, services aside, whose password several people know',
      needs: ['enabled'],
    },
    (sites) => {
      const enabled = accountsOf(sites).filter(({ it }) => it.enabled === true)
      const found = enabled.filter(
        ({ it, classification, site }) =>
          classification.class === 'shared' &&
          (!site.tells('custodians') || (it.custodians?.length ?? 0) >= 2),
      )
      const hasRegister = sites.every((site) => site.tells('custodians'))
      return {
        of: enabled.length,
        listed: names(found),
        confidence: hasRegister ? 'high' : 'low',
        because: hasRegister
          ? 'a register says who keeps each password'
          : 'names and kinds only suggest it; sign-in records would tell',
      }
    },
  ],
  [
    {
      id: 'second-factor',
      title: 'People with a second factor',
      definition: 'Enabled everyday accounts of people with a second factor that works',
      needs: ['enabled'],
      oneOf: ['methods', 'mfaRegistered'],
      isShare: true,
    },
    (sites) => {
      const all = accountsOf(sites).filter(({ it }) => it.enabled === true)
      const people = all.filter(isCounted)
      const found = people.filter((known) => hasSecondFactor(known) === true)
      return {
        of: people.length,
        listed: names(found),
        exclusions: {
          'second accounts': all.filter(({ isPersonal, isSecond }) => isPersonal && isSecond)
            .length,
          'accounts of no single person': all.filter(({ isPersonal }) => !isPersonal).length,
        },
        ...sureness(people),
      }
    },
  ],
  [
    {
      id: 'single-sign-on',
      title: 'Applications with single sign-on',
      definition:
        'Applications that people sign in to by SAML, OpenID Connect or WS-Federation and in no other way',
      needs: ['signOn'],
      isShare: true,
    },
    (sites) => {
      const all = sites.flatMap(({ reading }) => reading.applications)
      const asked = all.filter(isSignedInTo)
      const isWhole = sites.every((site) => site.tells('localPasswords'))
      return {
        of: asked.length,
        listed: asked.filter(isCovered).map(({ name }) => name),
        exclusions: { 'programs that nobody signs in to': all.length - asked.length },
        confidence: isWhole ? 'high' : 'low',
        because: isWhole
          ? 'the list of applications says which keep passwords of their own'
          : 'an identity provider knows only the applications that were connected to it',
      }
    },
  ],
  [
    {
      id: 'stale-memberships',
      title: 'Stale memberships',
      definition:
        'Memberships of disabled accounts, of people who have left, and from before a move that the new role does not give',
      needs: ['enabled', 'members'],
    },
    (sites, picture) => {
      const listed: string[] = []
      let of = 0
      for (const known of accountsOf(sites)) {
        const groups = known.site.membership.groupsOf(known.it.id)
        of += groups.length
        for (const { name } of staleOf(known, picture)) listed.push(`${known.it.name} in ${name}`)
      }
      const isWhole = sites.every(
        (site) => site.tells('personnel') && site.tells('membershipTimes'),
      )
      return {
        of,
        listed,
        confidence: isWhole ? 'high' : 'low',
        because: isWhole
          ? 'personnel records and the dates of memberships were read'
          : 'without personnel records and dates of memberships only part of them shows',
      }
    },
  ],
]

function staleOf(known: KnownAccount, picture: Picture): readonly { readonly name: string }[] {
  const { it, site, classification, employment } = known
  if (classification.class === 'built-in') return []
  if (it.enabled === false || employment?.state === 'left') return site.membership.groupsOf(it.id)
  return formerRoleGroups(known, picture) ?? []
}

function accountsOf(sites: readonly Site[]): KnownAccount[] {
  return sites.flatMap(({ accounts }) => [...accounts])
}

function names(accounts: readonly KnownAccount[]): readonly string[] {
  return accounts.map(({ it }) => it.name)
}

/** As sure as the classes of the accounts are. */
function sureness(accounts: readonly KnownAccount[]): Pick<Counted, 'confidence' | 'because'> {
  const unsure = accounts.filter(({ classification }) => classification.confidence === 'low').length
  if (unsure === 0)
    return { confidence: 'high', because: 'what each account is was said or follows' }
  const isMost = unsure * 2 > accounts.length
  return {
    confidence: isMost ? 'low' : 'medium',
    because: `what ${unsure} of ${accounts.length} accounts are is guessed`,
  }
}
