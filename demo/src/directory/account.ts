// How an ordinary account of each kind looks. Faults are planted by whoever calls this, in the
// members they give; what they leave out is as it should be.
import { dayMs } from '#organisation/people'
import type { Random } from '#organisation/random'
import type { Account, AccountKind, EnrolledMethod, LastSignIn } from './directory.ts'
import { signInLagMs } from './directory.ts'
import { domainComponents, domainUsers } from './groups.ts'

/** What makes accounts: the domain, the moment, and the next free identifier. */
export interface AccountMaker {
  readonly random: Random
  readonly now: number
  make(kind: AccountKind, id: string, name: string, members?: Partial<Account>): Account
}

const units: Readonly<Record<AccountKind, string>> = {
  employee: 'OU=People',
  contractor: 'OU=Contractors,OU=People',
  partner: 'OU=Partners,OU=People',
  administrator: 'OU=Administrators',
  service: 'OU=Services',
  shared: 'OU=Shared',
  'built-in': 'CN=Users',
}

/** A maker of accounts that numbers them in order. */
export function accountMaker(random: Random, domain: string, now: number): AccountMaker {
  let relativeId = 4_000
  return {
    random,
    now,
    make(kind, id, name, members = {}) {
      relativeId += random.between(1, 3)
      const createdAt = members.createdAt ?? now - random.between(200, 3_000) * dayMs
      const sinceCreated = Math.max(0, Math.floor((now - createdAt) / dayMs))
      return {
        id,
        distinguishedName: `CN=${name},${units[kind]},${domainComponents(domain)}`,
        guid: guid(random),
        relativeId,
        kind,
        name,
        enabled: true,
        createdAt,
        passwordChangedAt: now - random.between(0, Math.min(sinceCreated, 170)) * dayMs,
        passwordNeverExpires: false,
        passwordManaged: false,
        lastSignIn: signedIn(now, now - random.between(0, 12) * dayMs),
        methods: [],
        primaryGroup: domainUsers,
        memberships: [],
        custodians: [],
        ...members,
      }
    },
  }
}

/** The interval a replicated stamp of a last sign-in stands for. */
export function signedIn(now: number, stamp: number): LastSignIn {
  return { kind: 'between', notBefore: stamp, notAfter: Math.min(now, stamp + signInLagMs) }
}

/** Second factors of someone who has finished enrolling. */
export function enrolledMethods(
  random: Random,
  now: number,
  withPasskey: boolean,
): EnrolledMethod[] {
  const kind = withPasskey
    ? 'passkey'
    : random.weighted([
        ['passkey', 30],
        ['authenticator', 50],
        ['text-message', 12],
        ['hardware-token', 8],
      ] as const)
  return [{ kind, state: 'active', registeredAt: now - random.between(30, 700) * dayMs }]
}

function guid(random: Random): string {
  const hex = Array.from(random.bytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}
