// The files of an audit beside its sources: an earlier report, a password, and the report it writes.
import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import {
  type AuditReport,
  auditSchema,
  auditVersion,
} from '@countersign/identity/audit/audit-report'
import { Failure } from '#failure'

const reportMaxBytes = 1024 * 1024 * 1024
const secretMaxBytes = 64 * 1024

const finding = z.object({
  check: z.string(),
  severity: z.enum(['critical', 'high', 'medium', 'low']),
  subject: z.looseObject({
    kind: z.string(),
    key: z.string(),
    name: z.string(),
    place: z.string().exactOptional(),
  }),
  evidence: z.array(z.string()),
})
const report = z.looseObject({
  schema: z.literal(auditSchema),
  version: z.literal(auditVersion),
  at: z.number(),
  findings: z.array(finding),
  figures: z.array(z.looseObject({ id: z.string(), state: z.enum(['known', 'cannot-tell']) })),
  checks: z.array(z.looseObject({ id: z.string(), state: z.string() })),
})

/** An earlier report. @throws Failure where the file is none. */
export async function earlierReport(directory: string, path: string): Promise<AuditReport> {
  const remedy = 'name a report that `--format json` wrote'
  const text = await readText(directory, path, reportMaxBytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Failure('usage', `\`${path}\` is not JSON`, remedy)
  }
  if (!isReport(value)) {
    throw new Failure('usage', `\`${path}\` is no report of an audit of this version`, remedy)
  }
  return value
}

function isReport(value: unknown): value is AuditReport {
  return report.safeParse(value).success
}

/** What stands in a file, without the line end that editors leave. */
export async function secretText(directory: string, path: string): Promise<string> {
  return (await readText(directory, path, secretMaxBytes)).replace(/\r?\n$/, '')
}

/** What stands in a text file. */
export async function readText(
  directory: string,
  path: string,
  maxBytes = secretMaxBytes * 16,
): Promise<string> {
  const absolute = resolve(directory, path)
  try {
    const { size } = await stat(absolute)
    if (size > maxBytes) {
      throw new Failure('usage', `\`${path}\` has ${size} bytes, more than ${maxBytes}`)
    }
    return await readFile(absolute, 'utf8')
  } catch (error) {
    if (error instanceof Failure) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new Failure('notFound', `\`${path}\` cannot be read: ${why}`, 'check the path')
  }
}

/** Writes the report whole or not at all, for its owner alone. */
export async function writeReport(directory: string, path: string, text: string): Promise<void> {
  const absolute = resolve(directory, path)
  try {
    await writeFile(`${absolute}.part`, text, { mode: 0o600 })
    await rename(`${absolute}.part`, absolute)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Failure('usage', `\`${path}\` cannot be written: ${why}`, 'name another file')
  }
}
