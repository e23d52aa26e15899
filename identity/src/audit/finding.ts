// What an audit says about one thing in a source, and what a check says about a whole source.

/** From what can end the organisation to what is only untidy. */
export const severities = ['critical', 'high', 'medium', 'low'] as const
export type Severity = (typeof severities)[number]

export const themes = {
  lifecycle: 'Who should no longer be there',
  memberships: 'Memberships and groups',
  credentials: 'Passwords and keys',
  privilege: 'Administrators',
  delegation: 'Delegation and control',
  machines: 'Services and machines',
  'sign-in': 'Factors and single sign-on',
  infrastructure: 'Trusts and settings',
} as const
export type Theme = keyof typeof themes

type SubjectKind =
  | 'account'
  | 'machine'
  | 'group'
  | 'application'
  | 'trust'
  | 'domain'
  | 'template'
  | 'directory'

/** What a finding is about. */
export interface Subject {
  readonly kind: SubjectKind
  /** Stays the same when the thing is renamed or moved, where the source has such an identifier. */
  readonly key: string
  /** The name people know it by. */
  readonly name: string
  /** Where it is: a distinguished name or another path, if the source has one. */
  readonly place?: string
  readonly source: string
}

export interface Finding {
  readonly check: string
  readonly severity: Severity
  readonly subject: Subject
  /** What was seen, in the words of the source; never the value of a secret. */
  readonly evidence: readonly string[]
}

/** What a check says about everything that was read. */
type CheckState = 'found' | 'clear' | 'cannot-tell' | 'does-not-apply'

export interface CheckResult {
  readonly id: string
  readonly title: string
  readonly theme: Theme
  readonly severity: Severity
  readonly state: CheckState
  /** Subjects that were looked at and decided, and those among them with a finding. */
  readonly examined: number
  readonly found: number
  /** Subjects about which the source says too little. */
  readonly undecided: number
  /** What the source would have to say as well, where something stayed undecided. */
  readonly missing: readonly string[]
  readonly fix: string
  readonly owner: string
  readonly undo: string
  readonly retest: string
  readonly avoids: string
}
