// Findings in the Static Analysis Results Interchange Format (SARIF 2.1.0), which code hosts show
// beside the lines of a merge request.
import type { Finding, Severity } from './finding.ts'

const levels = {
  error: 'error',
  warning: 'warning',
  advice: 'note',
} as const satisfies Record<Severity, string>

/** One run of this tool as a SARIF log. */
export function sarifLog(findings: readonly Finding[]): object {
  const rules = [...new Set(findings.map(({ code }) => code))]
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'countersign', rules: rules.map((id) => ({ id })) } },
        // SARIF 2.1.0 §3.14.17: what columns count.
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => resultOf(finding, rules)),
      },
    ],
  }
}

function resultOf(finding: Finding, rules: readonly string[]): object {
  const { severity, code, message, help, file, span } = finding
  return {
    ruleId: code,
    ruleIndex: rules.indexOf(code),
    level: levels[severity],
    message: { text: help === undefined ? message : `${message}\n${help}` },
    ...(file === undefined
      ? {}
      : {
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(file) },
                ...(span === undefined
                  ? {}
                  : {
                      region: {
                        startLine: span.line,
                        startColumn: span.column,
                        charOffset: span.offset,
                        charLength: span.length,
                      },
                    }),
              },
            },
          ],
        }),
  }
}

function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
