// Header and trailer lines, as strictly as RFC 9112 defines them. What another reader could
// understand differently is refused, never repaired: a line without CR, a folded line, a space before
// the colon, a control character.
import { NotHttp } from './not-http.ts'

// RFC 9110 §5.6.2 and §5.5: a token, and visible or obsolete text with blanks within.
const fieldLine = /^([!#$%&'*+\-.^_`|~\dA-Za-z]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/
// A tab is a blank there, too, and readers in wide use take it for part of the value.
const framing = /^(?:transfer-encoding|content-length)$/i

/** Reads a line without its end and adds its name and value. Throws `NotHttp`. */
export function readFieldLine(line: string, into: string[]): void {
  const match = fieldLine.exec(line)
  if (!match) throw new NotHttp('a header line is malformed')
  if (line.includes('\t') && framing.test(match[1] ?? '')) {
    throw new NotHttp('a header that says where the answer ends has a tab')
  }
  into.push(match[1] ?? '', withoutBlanksBehind(match[2] ?? ''))
}

function withoutBlanksBehind(value: string): string {
  let end = value.length
  while (end > 0 && isBlank(value.charCodeAt(end - 1))) end -= 1
  return end === value.length ? value : value.slice(0, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
