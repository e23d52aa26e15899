// Two accounts for the day on which nothing else works. They are nobody's own, so they are not among
// the people; and as in many a house, neither is quite as it should be: one was made long ago and
// never drilled, and for neither has anybody registered the key that lies in the safe.
import type { Person } from '@countersign/contract/documents'
import { dayMs } from './people.ts'

const madeDaysAgo = { 'last-resort-1': 400, 'last-resort-2': 30 } as const

/** The accounts, as of a moment. */
export function accountsOfLastResort(now: number): readonly Person[] {
  return Object.entries(madeDaysAgo).map(([id, daysAgo], index) => ({
    id,
    name: `Last Resort ${index + 1}`,
    class: 'employee',
    title: 'Account of the last resort',
    description: 'Its key lies in a safe. Two people open it together.',
    startsAt: now - daysAgo * dayMs,
    active: true,
    groups: ['administrators'],
    breakGlass: { since: now - daysAgo * dayMs },
  }))
}
