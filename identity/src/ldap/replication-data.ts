// What replication keeps about single attributes and single members, which is the only place where
// Active Directory says when a member was added or when an account was disabled.
import type { MemberTime } from './draft.ts'
import { type Entry, texts } from './entry.ts'

/** When the attribute was last set; undefined where the export has no such data. */
export function attributeChangedAt(entry: Entry, attribute: string): number | undefined {
  const record = texts(entry, 'msds-replattributemetadata')?.find(
    (it) => element(it, 'pszAttributeName')?.toLowerCase() === attribute.toLowerCase(),
  )
  return record === undefined ? undefined : moment(element(record, 'ftimeLastOriginatingChange'))
}

/** When present members were added. Members that were removed again are not among them. */
export function memberTimes(entry: Entry): readonly MemberTime[] {
  return (texts(entry, 'msds-replvaluemetadata') ?? []).flatMap((record) => {
    if (element(record, 'pszAttributeName')?.toLowerCase() !== 'member') return []
    const member = element(record, 'pszObjectDn')
    const addedAt = moment(element(record, 'ftimeCreated'))
    // 1601 is the way to write that it was not removed.
    const removedAt = moment(element(record, 'ftimeDeleted'))
    return member === undefined || addedAt === undefined || removedAt !== undefined
      ? []
      : [{ member, addedAt }]
  })
}

function element(record: string, name: string): string | undefined {
  const start = record.indexOf(`<${name}>`)
  const end = start < 0 ? -1 : record.indexOf(`</${name}>`, start)
  if (end < 0) return undefined
  return record
    .slice(start + name.length + 2, end)
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
}

function moment(value: string | undefined): number | undefined {
  const at = value === undefined || value.startsWith('1601') ? Number.NaN : Date.parse(value)
  return Number.isNaN(at) ? undefined : at
}
