// One picture of what directories say about identities, whichever directory said it. Every member
// that is absent means that the source did not say (`reading.ts` tells "has none" from "cannot
// tell"); nothing is filled in with a healthy default. Times are milliseconds since the epoch.

/** When an account was last used, with what says so. Directories know an interval at best. */
export type LastUse =
  | { readonly kind: 'never'; readonly evidence: readonly string[] }
  | {
      readonly kind: 'between'
      readonly notBefore: number
      readonly notAfter: number
      /** The attributes this rests on, as `lastLogonTimestamp`. */
      readonly evidence: readonly string[]
    }
  | { readonly kind: 'unknown'; readonly because: string }

/** What the source calls the entry; what it really is, is inferred. */
export type SourceKind =
  | 'user'
  | 'guest'
  /** A person's entry of a plain directory, as `inetOrgPerson`. */
  | 'person'
  /** An account whose password the directory rotates: one host or a group of hosts. */
  | 'managed-service'
  | 'contact'
  /** A placeholder for a principal of another domain. */
  | 'foreign'
  | 'computer'
  | 'domain-controller'
  | 'device'

/** Bits of `userAccountControl` and their like elsewhere, as words. */
export interface Flags {
  readonly passwordNotRequired?: boolean
  readonly passwordCannotChange?: boolean
  readonly passwordNeverExpires?: boolean
  readonly reversibleEncryption?: boolean
  readonly smartCardRequired?: boolean
  readonly sensitiveNotDelegatable?: boolean
  readonly desOnly?: boolean
  readonly preAuthenticationOff?: boolean
  readonly trustedForDelegation?: boolean
  readonly trustedToImpersonate?: boolean
  /** From the computed attribute only; the plain bits are unreliable. */
  readonly lockedOut?: boolean
  /** From the computed attribute only. */
  readonly passwordExpired?: boolean
}

/** Where something that looks like a credential was found. The value itself is never kept. */
export interface SuspectedSecret {
  readonly attribute: string
  readonly looksLike: 'password' | 'password-hash' | 'private-key' | 'token'
}

/** What people, services and machines have in common. */
export interface Principal {
  /** Unique in its source and as lasting as the source permits: object id, SID, else the DN. */
  readonly id: string
  /** The sign-in name, as `sAMAccountName`, `uid`, `userPrincipalName` or `login`. */
  readonly name: string
  readonly displayName?: string
  readonly principalName?: string
  readonly distinguishedName?: string
  /** As `S-1-5-21-…-500`. */
  readonly sid?: string
  readonly kind: SourceKind
  readonly enabled?: boolean
  /** Deleted in the source, and still listed by it. */
  readonly deleted?: boolean
  readonly createdAt?: number
  readonly changedAt?: number
  /** From replication or audit data; no directory keeps it as an attribute. */
  readonly disabledAt?: number
  /** `never` is said explicitly; absent is that the source does not say. */
  readonly expiresAt?: number | 'never'
  readonly lastUse: LastUse
  /** `must-change` where the directory demands a new password at the next sign-in. */
  readonly passwordChangedAt?: number | 'must-change'
  readonly flags: Flags
  readonly servicePrincipals?: readonly string[]
  /** Services it may present others' tickets to, as `cifs/files.example.com`. */
  readonly delegatesTo?: readonly string[]
  /** Ids of principals that may act for others towards this one. */
  readonly actedForBy?: readonly string[]
  /** Bits of `msDS-SupportedEncryptionTypes`. Unset is not zero: then the domain decides. */
  readonly encryptionTypes?: number
  readonly sidHistory?: readonly string[]
  readonly adminCount?: number
  /** Relative identifier of the primary group, which lists of members leave out. */
  readonly primaryGroupRid?: number
  /** Id of that group in this reading. */
  readonly primaryGroup?: string
  readonly keyCredentials?: number
  readonly alternateMappings?: readonly string[]
  readonly certificateEndsAt?: readonly number[]
  readonly description?: string
  /** Id of who answers for it: `managedBy`, or an owner. */
  readonly owner?: string
  /** The owner named in the source is not an entry of it. */
  readonly ownerUnresolved?: string
  readonly secrets: readonly SuspectedSecret[]
}

/** The state of an account's life where the source has more than enabled or not. */
export type Lifecycle = 'staged' | 'pending' | 'active' | 'locked' | 'suspended' | 'deprovisioned'

/** An account of a person or a service. */
export interface Account extends Principal {
  readonly lifecycle?: Lifecycle
  readonly mail?: string
  /** Whether it has a mailbox or a licence for one. */
  readonly hasMailbox?: boolean
  /** The personnel system's immutable key: `employeeID`, `employeeNumber`. */
  readonly employeeId?: string
  /** As written: `contractor`, `Guest`, `service`. */
  readonly employeeType?: string
  readonly department?: string
  readonly title?: string
  /** Id of the manager's account in this reading. */
  readonly manager?: string
  readonly managerUnresolved?: string
  /** When the person leaves, as this source says. */
  readonly leavesAt?: number
  readonly workstations?: readonly string[]
  /** DN of the password policy that applies to this account alone. */
  readonly resultantPolicy?: string
  /** Ids of who may read the password that the directory rotates. */
  readonly managedPasswordReaders?: readonly string[]
  /** Keys of the people who keep the password, from a register of credentials. */
  readonly custodians?: readonly string[]
  /** Comes from a directory on the premises. */
  readonly synced?: boolean
  readonly guestState?: 'pending' | 'accepted'
  readonly methods?: readonly AuthenticationMethod[]
  /** The source's own verdict where it lists no methods. */
  readonly mfaRegistered?: boolean
}

/** A second factor. One that is not `active` proves nothing. */
export interface AuthenticationMethod {
  readonly kind:
    | 'passkey'
    | 'device-bound-key'
    | 'certificate'
    | 'authenticator'
    | 'one-time-code'
    | 'hardware-token'
    | 'text-message'
    | 'voice-call'
    | 'email'
    | 'question'
    | 'other'
  readonly state: 'active' | 'pending'
  readonly registeredAt?: number
}

/** A computer or a device. */
export interface Machine extends Principal {
  readonly operatingSystem?: string
  readonly operatingSystemVersion?: string
  /** When the managed password of the local administrator runs out. */
  readonly localPasswordExpiresAt?: number
}

export interface Group {
  readonly id: string
  readonly name: string
  readonly distinguishedName?: string
  readonly sid?: string
  /** Grants access, or only receives mail. */
  readonly security?: boolean
  readonly createdAt?: number
  readonly changedAt?: number
  readonly membershipChangedAt?: number
  readonly description?: string
  readonly adminCount?: number
  /** Ids of accounts, machines and groups; primary groups' members are not here. */
  readonly members: readonly string[]
  /** References that lead to no entry of this source, as written. */
  readonly membersUnresolved: readonly string[]
  /** When and by whom a member was added, by member's id, where the source says. */
  readonly memberships?: ReadonlyMap<string, MembershipRecord>
  readonly owners?: readonly string[]
  readonly ownersUnresolved?: readonly string[]
  readonly roleAssignable?: boolean
  readonly secrets: readonly SuspectedSecret[]
}

export interface MembershipRecord {
  readonly addedAt?: number
  readonly addedBy?: string
  readonly endsAt?: number
}

/** Settings of one domain or tenant. */
export interface DomainSettings {
  readonly name: string
  readonly distinguishedName?: string
  readonly sid?: string
  readonly minimumPasswordLength?: number
  /** 0 is no lockout. */
  readonly lockoutThreshold?: number
  /** In milliseconds; `never` where passwords do not age. */
  readonly maximumPasswordAgeMs?: number | 'never'
  readonly complexityRequired?: boolean
  readonly passwordHistory?: number
  /** How many machines anyone may join. */
  readonly machineQuota?: number
  /** How far behind the replicated last sign-in may be. */
  readonly signInLagMs?: number
  readonly smartCardSecretsRoll?: boolean
  readonly functionalLevel?: number
  readonly anyoneMayRegisterApplications?: boolean
  readonly guestsSeeEverything?: boolean
  readonly legacyAuthenticationBlocked?: boolean
}

export interface Trust {
  readonly domain: string
  readonly direction: 'inbound' | 'outbound' | 'both' | 'disabled'
  readonly kind: 'within-forest' | 'forest' | 'external' | 'realm'
  readonly sidFiltering?: boolean
  readonly ticketDelegation?: boolean
}

/** A template from which a certificate authority issues. */
export interface CertificateTemplate {
  readonly id: string
  readonly name: string
  readonly published?: boolean
  readonly requesterNamesSubject?: boolean
  readonly requesterNamesAlternative?: boolean
  readonly clientAuthentication?: boolean
  readonly approvalRequired?: boolean
}

/** What a holder may do to a target, from access lists. */
export type AccessRight =
  | 'owns'
  | 'everything'
  | 'write'
  | 'write-access-list'
  | 'write-owner'
  | 'all-extended'
  | 'replicate'
  | 'replicate-secrets'
  | 'add-member'
  | 'add-self'
  | 'reset-password'
  | 'write-key-credential'
  | 'write-service-principal'
  | 'write-delegation'
  | 'read-local-password'
  | 'read-managed-password'
  | 'enrol'

export interface AccessEdge {
  readonly holder: string
  readonly right: AccessRight
  readonly target: string
  readonly targetKind:
    | 'account'
    | 'machine'
    | 'group'
    | 'domain'
    | 'policy-object'
    | 'organisational-unit'
    | 'container'
    | 'certificate-template'
    | 'other'
  readonly inherited?: boolean
}
