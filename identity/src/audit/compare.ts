// What moved between two audits of the same organisation. A finding is the same one when the same
// check says it about the same thing, whatever that thing is called by now.
import type { AuditReport, Figure } from './audit-report.ts'
import type { Finding } from './finding.ts'

interface FigureChange {
  readonly id: string
  readonly title: string
  readonly before: number | undefined
  readonly after: number | undefined
}

export interface Comparison {
  /** When the earlier audit was, in milliseconds since the epoch. */
  readonly since: number
  readonly appeared: readonly Finding[]
  readonly gone: readonly Finding[]
  /** The same thing, of the same name, at the same place. */
  readonly stayed: number
  /** Still there, but renamed, in another place, or of another severity. */
  readonly moved: readonly { readonly before: Finding; readonly after: Finding }[]
  /** Gone only because the later source could not tell. */
  readonly untold: readonly Finding[]
  readonly figures: readonly FigureChange[]
}

/** The movement from an earlier report to a later one. */
export function compareAudits(earlier: AuditReport, later: AuditReport): Comparison {
  const before = new Map(earlier.findings.map((it) => [findingKey(it), it]))
  const mute = new Set(later.checks.filter((it) => it.state === 'cannot-tell').map(({ id }) => id))
  const appeared: Finding[] = []
  const moved: { before: Finding; after: Finding }[] = []
  let stayed = 0
  for (const after of later.findings) {
    const key = findingKey(after)
    const was = before.get(key)
    before.delete(key)
    if (was === undefined) appeared.push(after)
    else if (isSame(was, after)) stayed += 1
    else moved.push({ before: was, after })
  }
  const left = [...before.values()]
  return {
    since: earlier.at,
    appeared,
    gone: left.filter(({ check }) => !mute.has(check)),
    stayed,
    moved,
    untold: left.filter(({ check }) => mute.has(check)),
    figures: later.figures.map((figure) => ({
      id: figure.id,
      title: figure.title,
      before: valueOf(earlier.figures.find(({ id }) => id === figure.id)),
      after: valueOf(figure),
    })),
  }
}

/** By what a finding is known again. */
export function findingKey({ check, subject }: Pick<Finding, 'check' | 'subject'>): string {
  return JSON.stringify([check, subject.kind, subject.key])
}

function isSame(one: Finding, other: Finding): boolean {
  return (
    one.subject.name === other.subject.name &&
    one.subject.place === other.subject.place &&
    one.severity === other.severity
  )
}

/** A count, or a share in per cent with one decimal. */
function valueOf(figure: Figure | undefined): number | undefined {
  if (figure?.state !== 'known') return undefined
  if (!figure.isShare) return figure.count
  return figure.of === 0 ? undefined : Math.round((1_000 * figure.count) / figure.of) / 10
}
