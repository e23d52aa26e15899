// `countersign identity audit`: reads sources, audits them, and writes the report in the form asked
// for. What was asked for goes to standard output or a file, everything about the doing to standard error.
import { resolve } from 'node:path'
import { audit } from '@countersign/identity/audit/audit'
import { compareAudits } from '@countersign/identity/audit/compare'
import type { AuditReport } from '@countersign/identity/audit/audit-report'
import type { Comparison } from '@countersign/identity/audit/compare'
import type { Reading } from '@countersign/identity/reading'
import { auditCsv } from '@countersign/identity/report/csv'
import { auditHtml } from '@countersign/identity/report/html'
import { auditSarif } from '@countersign/identity/report/sarif'
import type { SourceSpec } from '@countersign/identity/source'
import { readSource } from '@countersign/identity/source.file'
import { SourceError } from '@countersign/identity/source-error'
import type { ExitName } from '#exit'
import { Failure, UsageError } from '#failure'
import { printable } from '#paint'
import { Progress } from '#policies/progress'
import type { World } from '#world'
import { earlierReport, readText, secretText, writeReport } from './audit-files.file.ts'
import { auditPage } from './audit-page.ts'

export interface AuditRequest {
  readonly sources: readonly string[]
  readonly personnel: string | undefined
  readonly format: 'text' | 'json' | 'csv' | 'sarif' | 'html'
  readonly output: string | undefined
  readonly compare: string | undefined
  readonly bindDn: string | undefined
  readonly passwordFile: string | undefined
  readonly base: string | undefined
  readonly authorities: string | undefined
  readonly all: boolean
}

const passwordVariable = 'COUNTERSIGN_LDAP_PASSWORD'

export async function identityAudit(request: AuditRequest, world: World): Promise<ExitName> {
  const { sources, personnel, compare, output } = request
  if (sources.length === 0) {
    throw new UsageError('no source is named', 'countersign identity audit <source> [options]')
  }
  // An unreadable file is better known before a directory of an hour is read.
  const earlier = compare === undefined ? undefined : await earlierReport(world.directory, compare)
  const progress = new Progress(world.stderr)
  let report: AuditReport
  try {
    const readings: Reading[] = []
    for (const source of sources) readings.push(await read(source, request, world, progress))
    if (personnel !== undefined) readings.push(await read(personnel, request, world, progress))
    report = audit(readings, { now: world.clock.now(), onProgress: (text) => progress.say(text) })
    for (const { name, remarks } of readings) remark(name, remarks, progress, world)
  } finally {
    progress.clear()
  }
  const comparison = earlier === undefined ? undefined : compareAudits(earlier, report)
  const text = render(request, report, comparison, world)
  if (output === undefined) world.stdout.write(text)
  else {
    await writeReport(world.directory, output, text)
    world.stderr.write(`The report is in \`${printable(output)}\`.\n`)
  }
  return report.findings.length > 0 ? 'findings' : 'ok'
}

async function read(
  source: string,
  request: AuditRequest,
  world: World,
  progress: Progress,
): Promise<Reading> {
  try {
    const spec = await specOf(source, request, world)
    return await readSource(spec, {
      now: world.clock.now(),
      onProgress: ({ entries, share }) => {
        const part = share === undefined ? '' : `, ${Math.floor(100 * share)} %`
        progress.say(`reading ${source}: ${entries.toLocaleString('en')} entries${part}`)
      },
    })
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    throw new Failure(
      error.unreachable ? 'unreachable' : 'usage',
      printable(error.message),
      error.remedy,
    )
  }
}

async function specOf(
  source: string,
  { bindDn, passwordFile, base, authorities }: AuditRequest,
  { directory, environment }: World,
): Promise<SourceSpec> {
  if (!/^ldaps?:\/\//i.test(source)) return { kind: 'path', path: resolve(directory, source) }
  if (bindDn === undefined) {
    throw new Failure(
      'usage',
      'a directory is asked by somebody, and `--bind-dn` is not given',
      'name an account that may read, as `--bind-dn cn=reader,dc=example,dc=org`',
    )
  }
  const given = environment[passwordVariable]
  const password = passwordFile === undefined ? given : await secretText(directory, passwordFile)
  if (password === undefined || password === '') {
    throw new Failure(
      'usage',
      `there is no password for \`${printable(bindDn)}\``,
      `name a file with \`--password-file\`, or set ${passwordVariable}`,
    )
  }
  return {
    kind: 'ldap',
    url: source,
    bindDn,
    base,
    password: () => Promise.resolve(password),
    authorities: authorities === undefined ? undefined : await readText(directory, authorities),
  }
}

const remarksMax = 10

function remark(
  name: string,
  remarks: Reading['remarks'],
  progress: Progress,
  { stderr }: World,
): void {
  if (remarks.length === 0) return
  progress.clear()
  for (const { where, what } of remarks.slice(0, remarksMax)) {
    stderr.write(`${printable(where)}: ${printable(what)}\n`)
  }
  const more = remarks.length - remarksMax
  if (more > 0) stderr.write(`${printable(name)}: and ${more} more remarks\n`)
}

function render(
  { format, all }: AuditRequest,
  report: AuditReport,
  comparison: Comparison | undefined,
  world: World,
): string {
  switch (format) {
    case 'text':
      return auditPage(report, comparison, { all, paint: world.stdout.paint })
    case 'json':
      return `${JSON.stringify(comparison === undefined ? report : { ...report, comparison }, undefined, 1)}\n`
    case 'csv':
      return auditCsv(report)
    case 'sarif':
      return `${JSON.stringify(auditSarif(report), undefined, 1)}\n`
    case 'html':
      return auditHtml(report, comparison)
  }
}
