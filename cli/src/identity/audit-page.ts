// The report of an audit for a terminal: the figures first, then findings by severity, then what
// nobody can tell.
import type { AuditReport } from '@countersign/identity/audit/audit-report'
import type { Comparison } from '@countersign/identity/audit/compare'
import {
  type CheckResult,
  type Finding,
  severities,
  type Severity,
} from '@countersign/identity/audit/finding'
import { byCheck, figureText } from '@countersign/identity/report/wording'
import { aligned, type Paint, printable, type Tone } from '#paint'
import { plural } from '#policies/finding'

const shownMax = 5

const tones = {
  critical: 'bad',
  high: 'bad',
  medium: 'careful',
  low: 'quiet',
} as const satisfies Record<Severity, Tone>

export interface PageOptions {
  readonly paint: Paint
  /** Every finding, not only the first of each check. */
  readonly all: boolean
}

/** The report as lines. */
export function auditPage(
  report: AuditReport,
  comparison: Comparison | undefined,
  { paint, all }: PageOptions,
): string {
  const { figures, checks, findings, totals, notes } = report
  const groups = byCheck(findings)
  const untold = checks.filter(({ state }) => state === 'cannot-tell')
  const clear = checks.filter(({ state }) => state === 'clear')
  const classes = Object.entries(totals.byClass).filter(([, count]) => count > 0)
  return [
    paint('strong', 'Headline figures'),
    ...aligned(
      figures.map((figure) => [
        `  ${figure.title}`,
        { text: figureText(figure), tone: figure.state === 'known' ? 'strong' : 'quiet' },
        {
          text:
            figure.state === 'known'
              ? `confidence ${figure.confidence}: ${figure.because}`
              : `needed: ${figure.missing.join(', ')}`,
          tone: 'quiet',
        },
      ]),
      paint,
    ),
    '',
    paint('strong', 'Accounts'),
    `  ${count(totals.accountsClassified)} classified of ${count(totals.accountsRead)} read: ${classes.map(([name, number]) => `${count(number)} ${name}`).join(', ')}`,
    ...notes.map((note) => `  ${printable(note)}`),
    '',
    ...(comparison === undefined ? [] : movement(comparison, paint)),
    ...severities.flatMap((severity) =>
      checks
        .filter((check) => check.state === 'found' && check.severity === severity)
        .flatMap((check) => section(check, groups.get(check.id) ?? [], paint, all)),
    ),
    ...(untold.length === 0 ? [] : [paint('strong', 'Cannot tell')]),
    ...untold.map(({ title, missing, undecided, examined }) => {
      const about =
        examined === 0 ? '' : ` (about ${count(undecided)} of ${count(undecided + examined)})`
      return `  ${title}${about}; needed: ${missing.join(', ')}`
    }),
    ...(untold.length === 0 ? [] : ['']),
    `${plural(findings.length, 'finding')} of ${plural(checks.length - clear.length - untold.length, 'check')}; ${clear.length} checks found everything in order, ${untold.length} cannot tell or do not know everything.`,
    '',
  ].join('\n')
}

function section(
  check: CheckResult,
  findings: readonly Finding[],
  paint: Paint,
  all: boolean,
): string[] {
  const { id, title, severity, examined, undecided, fix, owner, undo, retest } = check
  const shown = all ? findings : findings.slice(0, shownMax)
  const more = findings.length - shown.length
  const silent = undecided === 0 ? '' : `, cannot tell about ${count(undecided)}`
  return [
    `${paint(tones[severity], severity)}: ${paint('strong', title)} ${paint('quiet', `[${id}]`)}`,
    `  ${count(findings.length)} of ${count(examined)} looked at${silent}`,
    ...shown.map(
      ({ subject, evidence }) =>
        `    ${printable(subject.name)}: ${printable(evidence.join('; '))}`,
    ),
    ...(more > 0 ? [paint('quiet', `    and ${count(more)} more; --all lists them`)] : []),
    ...aligned(
      [
        [{ text: '  do', tone: 'quiet' }, fix],
        [{ text: '  who', tone: 'quiet' }, owner],
        [{ text: '  undo', tone: 'quiet' }, undo],
        [{ text: '  test again', tone: 'quiet' }, retest],
      ],
      paint,
    ),
    '',
  ]
}

function movement(comparison: Comparison, paint: Paint): string[] {
  const { since, appeared, gone, stayed, moved, untold, figures } = comparison
  return [
    paint('strong', `Since ${new Date(since).toISOString().slice(0, 10)}`),
    `  ${count(appeared.length)} new, ${count(gone.length)} gone, ${count(stayed)} stayed, ${count(moved.length)} moved or renamed${untold.length === 0 ? '' : `, ${count(untold.length)} not told this time`}`,
    ...figures
      .filter(({ before, after }) => before !== after)
      .map(
        ({ title, before, after }) =>
          `  ${title}: ${before ?? 'not known'} to ${after ?? 'not known'}`,
      ),
    ...appeared.slice(0, shownMax).map((finding) => `  ${paint('bad', 'new')}   ${line(finding)}`),
    ...gone.slice(0, shownMax).map((finding) => `  ${paint('good', 'gone')}  ${line(finding)}`),
    ...moved
      .slice(0, shownMax)
      .map(
        ({ before, after }) =>
          `  moved ${line(after)}, before: ${printable(before.subject.place ?? before.subject.name)}`,
      ),
    '',
  ]
}

function line({ check, subject }: Finding): string {
  return `${printable(subject.name)} (${check})`
}

function count(number: number): string {
  return number.toLocaleString('en')
}
