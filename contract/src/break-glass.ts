// Accounts for the day on which nothing else works. They are few, prove themselves in another way
// than people do daily, and nothing that tidies up may touch them.
import type { Person } from './documents.ts'

/** So many accounts there should be: one may be lost, or its keeper away. */
export const breakGlassAccountsMin = 2
/** A drill older than this is overdue, in days. */
export const drillMaxAgeDays = 90
/** A drill is declared this long before it at most, in milliseconds. */
export const drillWindowMs = 24 * 60 * 60_000

/**
 * Whether this account is left alone by whatever ends or removes what nobody used: sessions,
 * memberships, accounts. Each sweep asks here, so that there is one answer.
 */
export function isExemptFromSweeps(person: Pick<Person, 'breakGlass'> | undefined): boolean {
  return person?.breakGlass !== undefined
}
