// Findings for a person: file, line and column first, as editors and pipelines look for them, then
// the line of the source with the place underlined.
import { characters, type Paint, printable, type Tone } from '#paint'
import type { Finding, Severity } from './finding.ts'

const tones = {
  error: 'bad',
  warning: 'careful',
  advice: 'quiet',
} as const satisfies Record<Severity, Tone>

/** A finding as lines; `textOf` gives the text of a file that was read. */
export function findingLines(
  finding: Finding,
  textOf: (file: string) => string | undefined,
  paint: Paint,
): string[] {
  const { severity, code, message, help, file, span } = finding
  const place = [file === undefined ? undefined : printable(file), span?.line, span?.column]
    .filter((part) => part !== undefined)
    .join(':')
  const head = `${paint(tones[severity], severity)}: ${printable(message)} ${paint('quiet', `[${code}]`)}`
  const text = file === undefined ? undefined : textOf(file)
  return [
    place === '' ? head : `${paint('strong', place)}: ${head}`,
    ...(text === undefined || span === undefined ? [] : excerpt(text, span, severity, paint)),
    ...(help === undefined ? [] : [`  ${paint('strong', 'help')}: ${printable(help)}`]),
  ]
}

const shownMaxCharacters = 120
const leadMaxCharacters = 60

/** The line of the place, and marks under it. A long line is cut around the place. */
function excerpt(
  text: string,
  { line, column, offset, length }: NonNullable<Finding['span']>,
  severity: Severity,
  paint: Paint,
): string[] {
  const lineStart = offset - (column - 1)
  const newline = text.indexOf('\n', offset)
  const lineEnd = newline < 0 ? text.length : newline
  const before = shown(text.slice(lineStart, offset))
  const marked = shown(text.slice(offset, Math.min(offset + length, lineEnd)))
  const after = shown(text.slice(Math.min(offset + length, lineEnd), lineEnd))
  const cut = Math.max(0, before.length - leadMaxCharacters)
  const lead = `${cut > 0 ? '…' : ''}${before.slice(cut).join('')}`
  const rest = [...marked, ...after].slice(0, shownMaxCharacters).join('')
  const marks = '^'.repeat(Math.max(1, Math.min(marked.length, shownMaxCharacters)))
  const gutter = `  ${line} | `
  const indent = ' '.repeat(gutter.length - 2)
  return [
    `${paint('quiet', gutter)}${lead}${rest}`.trimEnd(),
    `${paint('quiet', `${indent}| `)}${' '.repeat(characters(lead).length)}${paint(tones[severity], marks)}`,
  ]
}

/** Characters as a terminal shows them: one column each, with controls written out. */
function shown(text: string): readonly string[] {
  return characters(printable(text.replaceAll('\t', '  ').replace(/\r$/, '')))
}
