// What a check is: a row with its words, and a function that looks at one subject.
import type { Application } from '#cloud-model'
import type { Severity, Theme } from '#audit/finding'
import type { KnownAccount, KnownGroup, KnownMachine, Picture, Site } from '#audit/picture'
import type { CertificateTemplate, DomainSettings, Trust } from '#model'
import type { AttributeName, SourceSystem } from '#reading'

/**
 * What a check says about one subject: nothing, where it is not a subject of this check; that it is
 * fine; what the source would have to say; or, as evidence, why it is not fine.
 */
export type Verdict = undefined | 'fine' | Unsaid | Evidence
type Evidence = readonly [string, ...string[]]
export interface Unsaid {
  readonly unsaid: AttributeName
}

interface Of<T> {
  readonly it: T
  readonly site: Site
}

export interface Subjects {
  readonly account: KnownAccount
  readonly machine: KnownMachine
  readonly group: KnownGroup
  readonly application: Of<Application>
  readonly trust: Of<Trust>
  readonly domain: Of<DomainSettings>
  readonly template: Of<CertificateTemplate>
  /** The source as a whole. */
  readonly directory: Of<{ readonly name: string }>
}
export type About = keyof Subjects

interface Words {
  /** Ours, and stable: reports are compared by it. */
  readonly id: string
  readonly title: string
  readonly theme: Theme
  readonly severity: Severity
  /** What a source must tell; where it does not, the check says nothing about that source. */
  readonly needs: readonly AttributeName[]
  /** The systems that have such a thing at all; all of them unless said. */
  readonly systems?: readonly SourceSystem[]
  readonly fix: string
  readonly owner: string
  readonly undo: string
  readonly retest: string
  /** The mistake that such a check easily makes, and this one does not. */
  readonly avoids: string
}

type CheckAbout<A extends About> = Words & {
  readonly about: A
  judge(subject: Subjects[A], picture: Picture): Verdict
}

export type Check = { readonly [A in About]: CheckAbout<A> }[About]

/** A check of the table, with its function checked against what it is about. */
export function check<A extends About>(row: CheckAbout<A>): CheckAbout<A> {
  return row
}

const unsaids = new Map<AttributeName, Unsaid>()

/** That the source does not say something about this subject. One object for each attribute. */
export function unsaid(attribute: AttributeName): Unsaid {
  const known = unsaids.get(attribute)
  if (known !== undefined) return known
  const made = { unsaid: attribute }
  unsaids.set(attribute, made)
  return made
}

/** `fine`, or the evidence where there is any. */
export function judged(evidence: readonly (string | undefined)[]): Verdict {
  const [first, ...rest] = evidence.filter((it) => it !== undefined)
  return first === undefined ? 'fine' : [first, ...rest]
}

/** The evidence where something holds, else that it is fine. */
export function unless(isFaulty: boolean, evidence: string): Verdict {
  return isFaulty ? [evidence] : 'fine'
}

/** Systems that speak of Windows domains. */
export const windows: readonly SourceSystem[] = ['active-directory', 'bloodhound', 'accounts']
/** Systems with roles of their own. */
export const clouds: readonly SourceSystem[] = ['entra', 'okta']
