// Findings as CSV (RFC 4180), one row each, for a spreadsheet. A cell that a spreadsheet would take
// for a formula begins with an apostrophe, which it shows as text.
import type { AuditReport } from '#audit/audit-report'

const columns = [
  'severity',
  'check',
  'title',
  'kind',
  'name',
  'source',
  'place',
  'evidence',
  'fix',
  'owner',
  'undo',
  'retest',
] as const

/** The findings of a report, with a header row. Lines end as RFC 4180 §2 says. */
export function auditCsv({ findings, checks }: AuditReport): string {
  const checkOf = new Map(checks.map((it) => [it.id, it]))
  const rows = findings.map(({ check, severity, subject, evidence }) => {
    const { title = '', fix = '', owner = '', undo = '', retest = '' } = checkOf.get(check) ?? {}
    const { kind, name, source, place = '' } = subject
    return [
      severity,
      check,
      title,
      kind,
      name,
      source,
      place,
      evidence.join('; '),
      fix,
      owner,
      undo,
      retest,
    ]
  })
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

// Spreadsheets also take a formula that hides behind blanks, quotes or full-width signs.
const formula = /^[\s'"]*[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/

function cell(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
