// Findings in the Static Analysis Results Interchange Format (SARIF 2.1.0). A directory has no lines,
// so a result is located by what it is about (§3.33), and known again by its fingerprint (§3.27.16).
import { createHash } from 'node:crypto'
import type { AuditReport } from '#audit/audit-report'
import { findingKey } from '#audit/compare'
import type { CheckResult, Finding, Severity } from '#audit/finding'

const levels = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
} as const satisfies Record<Severity, string>

/** From 0 to 10, as hosts of reports rank results. */
const securitySeverity = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
} as const satisfies Record<Severity, string>

/** The report as a SARIF log of one run. */
export function auditSarif({ checks, findings, at }: AuditReport): object {
  const rules = checks.filter(({ state }) => state === 'found')
  const indexes = new Map(rules.map(({ id }, index) => [id, index]))
  const untold = checks.filter(({ state }) => state === 'cannot-tell')
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'countersign identity audit', rules: rules.map(ruleOf) } },
        invocations: [
          {
            executionSuccessful: true,
            endTimeUtc: new Date(at).toISOString(),
            toolExecutionNotifications: untold.map(({ id, title, missing }) => ({
              level: 'note',
              message: { text: `cannot tell: ${title}. Needed: ${missing.join(', ')}` },
              descriptor: { id },
            })),
          },
        ],
        results: findings.map((finding) => resultOf(finding, indexes.get(finding.check))),
      },
    ],
  }
}

function ruleOf({ id, title, severity, fix, undo, retest, owner, avoids }: CheckResult): object {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: avoids },
    help: { text: `${fix}\nOwner: ${owner}\nUndo: ${undo}\nTest again: ${retest}` },
    defaultConfiguration: { level: levels[severity] },
    properties: { 'security-severity': securitySeverity[severity], tags: ['security', 'identity'] },
  }
}

function resultOf(finding: Finding, ruleIndex: number | undefined): object {
  const { check, severity, subject, evidence } = finding
  const { name, kind, place } = subject
  return {
    ruleId: check,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: levels[severity],
    message: { text: `${name}: ${evidence.join('; ')}` },
    locations: [
      {
        logicalLocations: [
          { name, fullyQualifiedName: place ?? `${subject.source}/${name}`, kind },
        ],
      },
    ],
    partialFingerprints: {
      'countersignSubject/v1': createHash('sha256').update(findingKey(finding)).digest('hex'),
    },
  }
}
