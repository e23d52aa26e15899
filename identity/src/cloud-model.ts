// The part of the model that only cloud directories and personnel systems fill: roles, applications,
// rules for sign-in, and what an employer says about people. Absent means: the source did not say.

/** A role of the directory itself, as `Global Administrator`. */
export interface Role {
  readonly id: string
  readonly name: string
  /** The source's lasting key of a built-in role. */
  readonly templateId?: string
  /** What it weighs: `highest` may give itself anything else. */
  readonly weight: 'highest' | 'high' | 'ordinary'
  readonly activationNeedsApproval?: boolean
  readonly activationNotifies?: boolean
}

export interface RoleAssignment {
  readonly role: string
  /** Id of an account, a group or an application. */
  readonly holder: string
  /** Eligible means: becomes active only after an activation. */
  readonly state: 'active' | 'activated' | 'eligible'
  readonly startsAt?: number
  readonly endsAt?: number | 'never'
  /** Whether privileged access management granted it. */
  readonly throughManagement?: boolean
  /** As `/`, or the part of the directory it is limited to. */
  readonly scope?: string
}

/** An application that people sign in to, or that signs in itself. */
export interface Application {
  readonly id: string
  readonly name: string
  readonly enabled?: boolean
  readonly createdAt?: number
  readonly signOn?: SignOn
  /** People can also sign in with a password that the application keeps itself. */
  readonly localPasswords?: boolean
  readonly credentials?: readonly ApplicationCredential[]
  /** Permissions that it uses without a person, as `RoleManagement.ReadWrite.Directory`. */
  readonly permissions?: readonly string[]
  readonly owners?: readonly string[]
  readonly assignments?: number
  readonly lastUsedAt?: number
  /** It was read that there was no use. */
  readonly neverUsed?: boolean
  /** The platform rotates its credential. */
  readonly managedIdentity?: boolean
}

export type SignOn =
  | 'openid-connect'
  | 'saml'
  | 'ws-federation'
  | 'password-kept-here'
  | 'link'
  | 'ldap'
  | 'own'
  | 'none'

export interface ApplicationCredential {
  readonly id: string
  readonly kind: 'password' | 'certificate' | 'token'
  readonly startsAt?: number
  readonly endsAt?: number | 'never'
  readonly lastUsedAt?: number
}

/** A rule that decides at sign-in, as far as it bears on second factors. */
export interface SignInRule {
  readonly id: string
  readonly name: string
  readonly state: 'on' | 'report-only' | 'off'
  readonly demands: 'second-factor' | 'phishing-resistant' | 'block' | 'other'
  /** Whom it reaches: everyone, or these accounts and groups. */
  readonly includes: 'everyone' | readonly string[]
  readonly excludes: readonly string[]
  readonly allApplications: boolean
  readonly onlyLegacyClients: boolean
}

/** A method that the directory permits people to enrol or use. */
export interface PermittedMethod {
  readonly kind: string
  readonly weak: boolean
}

/** What the employer says about one person. */
export interface PersonnelRecord {
  /** The immutable key that accounts carry in `employeeId`. */
  readonly key: string
  readonly name?: string
  readonly mail?: string
  readonly kind?: 'employee' | 'contractor' | 'partner'
  readonly startsAt?: number
  readonly endsAt?: number
  /** The person has left, where the feed says so without a date. */
  readonly left?: boolean
  readonly department?: string
  readonly role?: string
  readonly manager?: string
  readonly sponsor?: string
  /** When department or role last changed. */
  readonly movedAt?: number
}

/** What a role in a department gives, as the organisation wrote it down. */
export interface Baseline {
  readonly department: string
  readonly role: string
  /** Names of groups. */
  readonly groups: readonly string[]
}
