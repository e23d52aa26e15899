// Whether the person behind an account works here, by the immutable key that personnel systems and
// accounts share. Names and mail addresses never join anything: they are not anybody's for ever.
import type { PersonnelRecord } from '#cloud-model'
import type { Account } from '#model'
import { dayMs } from './moments.ts'

export type Employment =
  | { readonly state: 'no-key' }
  | { readonly state: 'unknown'; readonly key: string }
  | { readonly state: 'left'; readonly key: string; readonly at: number | undefined }
  | { readonly state: 'expected'; readonly key: string; readonly at: number }
  | { readonly state: 'present'; readonly key: string; readonly record: PersonnelRecord }

export type Personnel = ReadonlyMap<string, Employment>

/** What the records say of each key at a moment. Of several records of a key the kindest counts. */
export function personnelAt(records: Iterable<PersonnelRecord>, now: number): Personnel {
  const found = new Map<string, Employment>()
  for (const record of records) {
    const key = keyText(record.key)
    const employment = employmentOf(record, key, now)
    const known = found.get(key)
    if (known === undefined || kindness[employment.state] > kindness[known.state]) {
      found.set(key, employment)
    }
  }
  return found
}

/** What the personnel records say of the person behind an account. */
export function employmentOfAccount({ employeeId }: Account, personnel: Personnel): Employment {
  const key = keyText(employeeId ?? '')
  return key === '' ? { state: 'no-key' } : (personnel.get(key) ?? { state: 'unknown', key })
}

// Somebody who came back has an old record and a new one.
const kindness = { 'no-key': 0, unknown: 0, left: 1, expected: 2, present: 3 } as const

function employmentOf(record: PersonnelRecord, key: string, now: number): Employment {
  const { startsAt = -Infinity, endsAt, left } = record
  const cameBack = endsAt !== undefined && startsAt > endsAt
  if (left === true) return { state: 'left', key, at: endsAt }
  if (endsAt !== undefined && !cameBack && isOver(endsAt, now)) {
    return { state: 'left', key, at: endsAt }
  }
  if (startsAt > now) return { state: 'expected', key, at: startsAt }
  return { state: 'present', key, record }
}

/** A date without a time is a whole day, and over when it is over in every time zone. */
export function isOver(endsAt: number, now: number): boolean {
  return endsAt % dayMs === 0 ? endsAt + 1.5 * dayMs <= now : endsAt <= now
}

function keyText(key: string): string {
  return key.trim().toUpperCase()
}
