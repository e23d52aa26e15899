// Second factors, single sign-on, and passwords that several people know.
import type { AuthenticationMethod } from '#model'
import type { KnownAccount } from '#audit/picture'
import type { SignOn } from '#cloud-model'
import { named } from './lifecycle.ts'
import { type Check, check, clouds, unless, unsaid } from './check.ts'

const retest = 'Audit again with the same source.'
const identity = 'identity administration'

const strong: ReadonlySet<AuthenticationMethod['kind']> = new Set([
  'passkey',
  'device-bound-key',
  'certificate',
] as const)
const weak: ReadonlySet<AuthenticationMethod['kind']> = new Set([
  'text-message',
  'voice-call',
  'email',
  'question',
] as const)

export const signInChecks: readonly Check[] = [
  check({
    id: 'no-second-factor',
    title: 'A person signs in with a password alone',
    theme: 'sign-in',
    severity: 'critical',
    about: 'account',
    needs: ['enabled'],
    fix: 'Enrol a passkey; until then, let the account open nothing of value.',
    owner: 'the manager of the person',
    undo: 'Remove the factor.',
    retest,
    avoids:
      'A factor that was begun and not finished does not count; shared, service and second accounts are not people; registered is not yet demanded.',
    judge: (known) => {
      if (!isCounted(known)) return undefined
      const state = hasSecondFactor(known)
      if (state === undefined) return unsaid('methods')
      const pending = known.it.methods?.some((method) => method.state === 'pending') === true
      return unless(!state, pending ? 'enrolling was begun and not finished' : 'no second factor')
    },
  }),
  check({
    id: 'factor-phishable',
    title: 'The second factors of an administrator can all be phished',
    theme: 'sign-in',
    severity: 'high',
    about: 'account',
    needs: ['enabled', 'methods'],
    fix: 'Enrol a passkey or a smart card, then remove the others.',
    owner: 'the account’s owner',
    undo: 'Enrol the former factor again.',
    retest,
    avoids: 'One strong factor is enough here; that it is demanded is another question.',
    judge: ({ it, ways, isPersonal }) => {
      if (it.enabled !== true || !isPersonal || ways.length === 0) return undefined
      const active = (it.methods ?? []).filter(({ state }) => state === 'active')
      if (active.length === 0 || it.flags.smartCardRequired === true) return undefined
      return unless(
        !active.some(({ kind }) => strong.has(kind)),
        `only ${named([...new Set(active.map(({ kind }) => kind))])}`,
      )
    },
  }),
  check({
    id: 'factor-weak',
    title: 'A person has nothing but a factor that a stranger can take over',
    theme: 'sign-in',
    severity: 'medium',
    about: 'account',
    needs: ['enabled', 'methods'],
    fix: 'Enrol a passkey, then remove text messages, calls, mail and questions.',
    owner: 'the manager of the person',
    undo: 'Enrol the former factor again.',
    retest,
    avoids: 'A weak factor beside a better one is not named; only who has nothing better is.',
    judge: (known) => {
      if (!isCounted(known)) return undefined
      const active = (known.it.methods ?? []).filter(({ state }) => state === 'active')
      if (active.length === 0) return undefined
      return unless(
        active.every(({ kind }) => weak.has(kind)),
        `only ${named([...new Set(active.map(({ kind }) => kind))])}`,
      )
    },
  }),
  check({
    id: 'weak-methods-permitted',
    title: 'The directory permits factors that a stranger can take over',
    theme: 'sign-in',
    severity: 'medium',
    about: 'directory',
    needs: ['permittedMethods'],
    systems: clouds,
    fix: 'Switch them off, after everybody has a better one.',
    owner: identity,
    undo: 'Switch them on again.',
    retest,
    avoids: 'Only methods that are switched on are named.',
    judge: ({ site }) => {
      const found = site.reading.permittedMethods.filter((method) => method.weak)
      return unless(found.length > 0, named(found.map(({ kind }) => kind)))
    },
  }),
  check({
    id: 'second-factor-not-demanded',
    title: 'No rule demands a second factor from everyone',
    theme: 'sign-in',
    severity: 'critical',
    about: 'directory',
    needs: ['signInRules'],
    systems: clouds,
    fix: 'Switch a rule on for everyone and all applications; leave out two accounts for emergencies.',
    owner: identity,
    undo: 'Set the rule to report only.',
    retest,
    avoids: 'A rule that only reports demands nothing, and registered is not demanded.',
    judge: ({ site }) => {
      const demanding = site.reading.signInRules.filter(
        ({ state, demands, includes, allApplications, onlyLegacyClients }) =>
          state === 'on' &&
          (demands === 'second-factor' || demands === 'phishing-resistant') &&
          includes === 'everyone' &&
          allApplications &&
          !onlyLegacyClients,
      )
      const best = demanding.toSorted((a, b) => a.excludes.length - b.excludes.length)[0]
      if (best === undefined) return ['no rule that is on, for everyone and all applications']
      return unless(best.excludes.length > 2, `\`${best.name}\` leaves ${best.excludes.length} out`)
    },
  }),
  check({
    id: 'shared-account',
    title: 'Several people know the password of one account',
    theme: 'sign-in',
    severity: 'high',
    about: 'account',
    needs: ['enabled'],
    fix: 'Give each person an account of their own, and the place a sign-in that knows the person.',
    owner: 'who keeps the password',
    undo: 'Give the place its account back.',
    retest,
    avoids:
      'A room or a mailbox that one person looks after is not shared; without a register of who keeps passwords a name only suggests it, and the evidence says so.',
    judge: ({ it, classification, site }) => {
      if (it.enabled !== true || classification.class !== 'shared') return undefined
      if (site.tells('custodians')) {
        const count = it.custodians?.length ?? 0
        return unless(count >= 2, `${count} people keep its password`)
      }
      return [`${classification.evidence}; confidence ${classification.confidence}`]
    },
  }),
  check({
    id: 'application-without-sso',
    title: 'People sign in to an application with a password of its own',
    theme: 'sign-in',
    severity: 'high',
    about: 'application',
    needs: ['signOn'],
    fix: 'Connect it by SAML or OpenID Connect, then remove its own passwords.',
    owner: 'the owner of the application',
    undo: 'Permit its own passwords again.',
    retest,
    avoids:
      'Single sign-on with a password beside it is not covered, and programs that nobody signs in to are not counted.',
    judge: ({ it }) => {
      if (!isSignedInTo(it)) return undefined
      if (it.signOn === undefined) return unsaid('signOn')
      if (!federated.has(it.signOn)) return [`signs in by ${it.signOn}`]
      return unless(it.localPasswords === true, `${it.signOn}, and passwords of its own beside it`)
    },
  }),
  check({
    id: 'emergency-account-unfit',
    title: 'An account for emergencies would not work, or would work for others',
    theme: 'sign-in',
    severity: 'critical',
    about: 'account',
    needs: ['enabled', 'synced', 'roles'],
    systems: ['entra'],
    fix: 'Keep two accounts of the cloud alone, enabled, with a key in a safe, and try them twice a year.',
    owner: 'the head of security',
    undo: 'None.',
    retest,
    avoids: 'That it is not used is as it should be; whoever sweeps must not disable it for that.',
    judge: ({ it, ways, activity }) => {
      if (!/break[-_. ]?glass|emergency/i.test(it.name)) return undefined
      const faults = [
        it.enabled === false ? 'disabled' : undefined,
        it.synced === true ? 'comes from the premises' : undefined,
        ways.some(({ weight }) => weight === 'rules')
          ? undefined
          : 'does not hold the highest role',
        activity.state === 'active' ? `used lately: ${activity.text}` : undefined,
      ].filter((fault) => fault !== undefined)
      return unless(faults.length > 0, faults.join(', '))
    },
  }),
]

/** A person who counts for coverage: enabled, one of the people, with their everyday account. */
export function isCounted({ it, isPersonal, isSecond }: KnownAccount): boolean {
  return (
    it.enabled === true && isPersonal && !isSecond && it.kind !== 'contact' && it.kind !== 'foreign'
  )
}

/** Whether somebody has finished enrolling a factor; undefined where the source does not say. */
export function hasSecondFactor({ it, site }: KnownAccount): boolean | undefined {
  if (it.flags.smartCardRequired === true) return true
  if (it.methods !== undefined) return it.methods.some(({ state }) => state === 'active')
  if (it.mfaRegistered !== undefined) return it.mfaRegistered
  return site.tells('methods') || site.tells('mfaRegistered') ? false : undefined
}

const federated: ReadonlySet<SignOn> = new Set(['openid-connect', 'saml', 'ws-federation'] as const)

interface SignedInTo {
  readonly enabled?: boolean
  readonly signOn?: SignOn
  readonly localPasswords?: boolean
  readonly managedIdentity?: boolean
}

/** Whether people sign in to it at all. */
export function isSignedInTo({ enabled, signOn, managedIdentity }: SignedInTo): boolean {
  return enabled !== false && managedIdentity !== true && signOn !== 'none' && signOn !== 'link'
}

/** Whether single sign-on is the only way in. */
export function isCovered({ signOn, localPasswords }: SignedInTo): boolean {
  return signOn !== undefined && federated.has(signOn) && localPasswords !== true
}
