// The report as one page that needs nothing else: no script, no request, every text escaped, and a
// policy of its own that forbids whatever might slip through.
import { createHash } from 'node:crypto'
import type { AuditReport, Figure } from '#audit/audit-report'
import type { Comparison } from '#audit/compare'
import { type CheckResult, type Finding, severities, themes } from '#audit/finding'
import { byCheck, figureText } from './wording.ts'
import { pageStyle } from './page-style.ts'

/** So many rows stand in the page per check; the CSV and the JSON have all. */
const rowsMax = 500

/** The page of a report, with the movement since an earlier one where there is one. */
export function auditHtml(report: AuditReport, comparison: Comparison | undefined): string {
  const { checks, findings, figures, notes } = report
  const groups = byCheck(findings)
  const found = severities.flatMap((severity) =>
    checks.filter((it) => it.state === 'found' && it.severity === severity),
  )
  const clear = checks.filter(({ state }) => state === 'clear')
  const untold = checks.filter(({ state }) => state === 'cannot-tell')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${styleHash}'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<title>Identity audit</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
<h1>Identity audit</h1>
<p class="quiet">${escaped(report.sources.map((it) => `${it.name} (${it.kind}), read ${moment(it.readAt)}`).join('; '))}. Ages as of ${moment(report.at)}, UTC.</p>
${notes.map((note) => `<p>${escaped(note)}</p>`).join('\n')}
<h2>Headline figures</h2>
<ul class="figures">
${figures.map((figure) => figureCard(figure)).join('\n')}
</ul>
${totalsTable(report)}
${comparison === undefined ? '' : movement(comparison)}
<h2>Findings</h2>
${found.length === 0 ? '<p>Nothing was found.</p>' : ''}
${found.map((check) => checkSection(check, groups.get(check.id) ?? [])).join('\n')}
${listOf('Looked at and in order', clear, ({ examined }) => `${examined.toLocaleString('en')} looked at`)}
${listOf('Cannot tell', untold, ({ missing }) => `needed: ${missing.join(', ')}`)}
</main>
</body>
</html>
`
}

const styleHash = `sha256-${createHash('sha256').update(pageStyle).digest('base64')}`

function figureCard(figure: Figure): string {
  if (figure.state === 'cannot-tell') {
    return `<li><span>${escaped(figure.title)}</span><b>cannot tell</b><span>needed: ${escaped(figure.missing.join(', '))}</span></li>`
  }
  const { exclusions, confidence, because } = figure
  const without =
    exclusions.length === 0
      ? ''
      : ` Left out: ${exclusions.map(({ what, count }) => `${count.toLocaleString('en')} ${what}`).join(', ')}.`
  return `<li><span>${escaped(figure.title)}</span><b>${escaped(figureText(figure))}</b><span>${escaped(`${figure.definition}.${without} Confidence: ${confidence}, ${because}.`)}</span></li>`
}

function totalsTable({ totals }: AuditReport): string {
  const rows = Object.entries(totals.byClass)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => row([name, count]))
  return `<h2>Accounts</h2>
<div class="card scroll"><table>
<thead><tr><th scope="col">Class</th><th scope="col" class="number">Accounts</th></tr></thead>
<tbody>
${rows.join('\n')}
${row(['classified, of all that were read', `${totals.accountsClassified.toLocaleString('en')} of ${totals.accountsRead.toLocaleString('en')}`])}
</tbody></table></div>`
}

function movement({ since, appeared, gone, stayed, moved, untold, figures }: Comparison): string {
  const counts = [
    ['new', appeared.length],
    ['gone', gone.length],
    ['stayed', stayed],
    ['moved or renamed', moved.length],
    ['not told this time', untold.length],
  ] as const
  const named = figures.map(({ title, before, after }) =>
    row([title, `${before ?? 'not known'} to ${after ?? 'not known'}`]),
  )
  const list = (title: string, findings: readonly Finding[]): string =>
    findings.length === 0
      ? ''
      : `<details><summary>${title}: ${findings.length.toLocaleString('en')}</summary>${findingTable(findings, true)}</details>`
  return `<h2>Since ${moment(since)}</h2>
<div class="card"><div class="scroll"><table><tbody>
${counts.map(([what, count]) => row([what, count])).join('\n')}
${named.join('\n')}
</tbody></table></div>
${list('New', appeared)}${list('Gone', gone)}</div>`
}

function checkSection(check: CheckResult, findings: readonly Finding[]): string {
  const { id, title, theme, severity, examined, undecided, fix, owner, undo, retest, avoids } =
    check
  const open = findings.length <= 10 ? ' open' : ''
  const silent = undecided === 0 ? '' : `; cannot tell about ${undecided.toLocaleString('en')}`
  return `<section class="check" id="${escaped(id)}">
<header><h3>${escaped(title)}</h3><span class="tag ${severity}">${severity}</span><span class="quiet">${escaped(themes[theme])} · <code>${escaped(id)}</code></span></header>
<dl>
<dt>Do</dt><dd>${escaped(fix)}</dd>
<dt>Who</dt><dd>${escaped(owner)}</dd>
<dt>Undo</dt><dd>${escaped(undo)}</dd>
<dt>Test again</dt><dd>${escaped(retest)}</dd>
<dt>Mind</dt><dd>${escaped(avoids)}</dd>
</dl>
<details${open}><summary>${findings.length.toLocaleString('en')} of ${examined.toLocaleString('en')} looked at${silent}</summary>
${findingTable(findings, false)}
</details>
</section>`
}

function findingTable(findings: readonly Finding[], withCheck: boolean): string {
  const more = findings.length - rowsMax
  const rows = findings.slice(0, rowsMax).map(({ check, subject, evidence }) => {
    const place = subject.place ?? subject.source
    const first = withCheck ? `<td><code>${escaped(check)}</code></td>` : ''
    return `<tr>${first}<td>${escaped(subject.name)}<br><code class="quiet">${escaped(place)}</code></td><td>${evidence.map(escaped).join('<br>')}</td></tr>`
  })
  const head = withCheck ? '<th scope="col">Check</th>' : ''
  return `<div class="scroll"><table>
<thead><tr>${head}<th scope="col">What</th><th scope="col">Seen</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></div>
${more > 0 ? `<p class="quiet">And ${more.toLocaleString('en')} more, which the CSV and the JSON list.</p>` : ''}`
}

function listOf(
  title: string,
  checks: readonly CheckResult[],
  why: (check: CheckResult) => string,
): string {
  if (checks.length === 0) return ''
  return `<h2>${title}</h2>
<div class="card scroll"><table><tbody>
${checks.map((check) => row([check.title, why(check)])).join('\n')}
</tbody></table></div>`
}

function row([what, value]: readonly [string, string | number]): string {
  return typeof value === 'number'
    ? `<tr><td>${escaped(what)}</td><td class="number">${value.toLocaleString('en')}</td></tr>`
    : `<tr><td>${escaped(what)}</td><td>${escaped(value)}</td></tr>`
}

function moment(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

// Controls and the marks that reorder text are written out: a name must not dress up as another.
const hidden =
  // oxlint-disable-next-line no-control-regex -- controls are what it looks for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu

function escaped(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign)
    .replaceAll(hidden, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`)
}
