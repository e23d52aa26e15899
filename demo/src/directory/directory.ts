// The directory as the hospital group has it: accounts, groups and the applications that sign in
// through it. It is what an audit would read, so it says what a directory can say, and no more:
// the last sign-in is an interval, and who an account belongs to is only a number.

export interface Directory {
  /** The DNS name of the domain. */
  readonly domain: string
  readonly accounts: readonly Account[]
  readonly groups: readonly DirectoryGroup[]
  /** Every application of the organisation, also those that Countersign does not serve yet. */
  readonly applications: readonly CatalogueEntry[]
  /** What each role in each department gives, as the organisation wrote it down. */
  readonly baselines: readonly Baseline[]
}

/** As `employeeType` says; often wrong for accounts that several people use. */
export type AccountKind =
  | 'employee'
  | 'contractor'
  | 'partner'
  | 'administrator'
  | 'service'
  | 'shared'
  | 'built-in'

/** Times are in milliseconds since the epoch. */
export interface Account {
  /** The sign-in name, as in `sAMAccountName`. */
  readonly id: string
  readonly distinguishedName: string
  readonly guid: string
  /** Last part of the security identifier. */
  readonly relativeId: number
  readonly kind: AccountKind
  readonly name: string
  readonly email?: string
  readonly description?: string
  /** The key of the personnel system, where somebody filled it in. */
  readonly employeeNumber?: string
  readonly enabled: boolean
  readonly createdAt: number
  /** When the account ends by itself; absent where it never does. */
  readonly expiresAt?: number
  readonly passwordChangedAt: number
  readonly passwordNeverExpires: boolean
  /** The directory itself rotates the password (a group managed service account). */
  readonly passwordManaged: boolean
  readonly lastSignIn: LastSignIn
  readonly methods: readonly EnrolledMethod[]
  /** The group that is not listed in `memberships`, as directories have it. */
  readonly primaryGroup: string
  readonly memberships: readonly Membership[]
  /** Employee numbers of the people who keep the password, from the register of credentials. */
  readonly custodians: readonly string[]
}

/** The replicated time stamp is up to 14 days behind, so the truth is an interval. */
export type LastSignIn =
  | { readonly kind: 'never' }
  | { readonly kind: 'between'; readonly notBefore: number; readonly notAfter: number }

/** A second factor. One that was begun and not finished is `pending` and proves nothing. */
export interface EnrolledMethod {
  readonly kind: 'passkey' | 'authenticator' | 'hardware-token' | 'text-message'
  readonly state: 'active' | 'pending'
  readonly registeredAt: number
}

export interface Membership {
  readonly group: string
  readonly addedAt: number
  readonly addedBy: string
}

export interface DirectoryGroup {
  readonly id: string
  readonly distinguishedName: string
  readonly relativeId: number
  readonly name: string
  /** Groups this one is a member of. Directories permit cycles, and this one has one. */
  readonly memberships: readonly Membership[]
}

export interface CatalogueEntry {
  readonly id: string
  readonly name: string
  readonly signIn: 'openid-connect' | 'saml' | 'ldap' | 'own'
  /** Whether one can also sign in with a password that the application keeps itself. */
  readonly localPasswords: boolean
}

export interface Baseline {
  readonly department: string
  readonly role: string
  readonly groups: readonly string[]
}

/** How far behind a replicated last sign-in may be, in milliseconds. */
export const signInLagMs = 14 * 86_400_000
