// Who is there, as plain headers, for an application that asked for them. They say no more than
// whoever can reach the application could say too, so nothing but a gateway should reach it.
import type { UpstreamIdentity } from '@countersign/contract/upstream-identity'
import type { KnownPerson } from './known-person.ts'

/**
 * Names and values in turn; none for visitors without a name, and none for programs, whose ids
 * could be taken for a person's.
 */
export function identityHeaders(
  person: KnownPerson | undefined,
  names: UpstreamIdentity['headers'],
): readonly string[] {
  if (!person || !names) return []
  const said: readonly (readonly [string | undefined, string | undefined])[] = [
    [names.user, headerText(person.id)],
    [names.name, headerText(person.name)],
    [names.email, person.email === undefined ? undefined : headerText(person.email)],
    [names.groups, person.groups.map(listItemText).join(',')],
  ]
  return said.flatMap(([name, value]) =>
    name === undefined || value === undefined ? [] : [name, value],
  )
}

/**
 * Text as a header value: UTF-8 whose bytes are percent-encoded (RFC 3986 §2.1) unless they are
 * printable ASCII other than `%`. So there is never a line end, and `%` means only this.
 */
export function headerText(text: string): string {
  return encoded(text, /^[\x21-\x24\x26-\x7e]$/)
}

/** The same within a list, where a comma stands between items only. */
function listItemText(text: string): string {
  return encoded(text, /^[\x21-\x24\x26-\x2b\x2d-\x7e]$/)
}

function encoded(text: string, plain: RegExp): string {
  let value = ''
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCharCode(byte)
    value += plain.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return value
}
