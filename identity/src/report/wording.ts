// How figures and lists of findings are put, the same in every form of the report.
import type { Figure } from '#audit/audit-report'
import type { Finding } from '#audit/finding'

/** `214 of 1,400`, `61 % (854 of 1,400)`, or that nobody can tell. */
export function figureText(figure: Figure): string {
  if (figure.state === 'cannot-tell') return 'cannot tell'
  const { count, of, isShare } = figure
  const counted = `${count.toLocaleString('en')} of ${of.toLocaleString('en')}`
  if (!isShare) return counted
  return of === 0 ? `none of none` : `${shareText(count, of)} (${counted})`
}

/** Rounded towards zero, so that nothing is 100 % while something is missing. */
function shareText(count: number, of: number): string {
  return `${Math.floor((100 * count) / of)} %`
}

/** Findings by the check that found them, in order. */
export function byCheck(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  return Map.groupBy(findings, ({ check }) => check)
}
