// A request target that two readers understand differently is how most gateways were walked
// around: the rule saw one path, the application another. So a target is accepted only if every
// reader must understand it alike, and policies see one spelling of it. The ambiguous is refused,
// never repaired.

/** A target with one meaning. */
export interface CanonicalTarget {
  /** The path in its one spelling: what policies see and the record says. */
  readonly path: string
  /** The target as it arrived; RFC 9110 §7.7 leaves path and query to the origin server. */
  readonly raw: string
}

export type Canonicalised =
  | { readonly kind: 'canonical'; readonly target: CanonicalTarget }
  | { readonly kind: 'ambiguous'; readonly rule: AmbiguityRule }

interface Rule {
  readonly pattern: RegExp
  readonly meaning: string
}

const targetRules = {
  not_printable: {
    pattern: /[^\x21-\x7e]/,
    meaning: 'it holds bytes that are not printable ASCII',
  },
  fragment: { pattern: /#/, meaning: 'it holds `#`, which belongs to no request' },
} as const satisfies Record<string, Rule>

const pathRules = {
  backslash: { pattern: /\\/, meaning: 'it holds `\\`, which some read as `/`' },
  path_parameter: { pattern: /;/, meaning: 'it holds `;`, behind which some stop reading' },
  empty_segment: { pattern: /\/\//, meaning: 'it holds `//`, which some read as `/`' },
  dot_segment: { pattern: /\/\.{1,2}(?:\/|$)/, meaning: 'it holds a `.` or `..` segment' },
  malformed_escape: {
    pattern: /%(?![0-9a-f]{2})/i,
    meaning: 'it holds `%` without two hexadecimal digits',
  },
  encoded_slash: { pattern: /%2f/i, meaning: 'it holds an encoded `/`' },
  encoded_backslash: { pattern: /%5c/i, meaning: 'it holds an encoded `\\`' },
  encoded_dot: { pattern: /%2e/i, meaning: 'it holds an encoded `.`' },
  encoded_delimiter: {
    pattern: /%(?:23|3b|3f)/i,
    meaning: 'it holds an encoded `#`, `;` or `?`',
  },
  encoded_control: {
    pattern: /%(?:[01][0-9a-f]|7f)/i,
    meaning: 'it holds an encoded NUL or control character',
  },
} as const satisfies Record<string, Rule>

const decodedRules = {
  overlong_utf8: { meaning: 'its escapes are not well-formed UTF-8' },
  double_encoding: { meaning: 'it still holds an escape after decoding once' },
} as const

/** Every reason for which a target is refused, by name. */
export const ambiguityRules: Readonly<Record<AmbiguityRule, { readonly meaning: string }>> = {
  ...targetRules,
  ...pathRules,
  ...decodedRules,
  not_a_path: { meaning: 'it does not begin with `/`' },
}

export type AmbiguityRule =
  | keyof typeof targetRules
  | keyof typeof pathRules
  | keyof typeof decodedRules
  | 'not_a_path'

/** Reads an origin-form target (RFC 9112 §3.2.1): a path and perhaps a query. */
export function canonicalise(raw: string): Canonicalised {
  const end = raw.indexOf('?')
  const path = end < 0 ? raw : raw.slice(0, end)
  // Most targets break no rule at a glance, and are already in their one spelling.
  if (plainTarget.test(raw)) return { kind: 'canonical', target: { path, raw } }
  for (const name of keysOf(targetRules)) {
    if (targetRules[name].pattern.test(raw)) return ambiguous(name)
  }
  if (!path.startsWith('/')) return ambiguous('not_a_path')
  for (const name of keysOf(pathRules)) {
    if (pathRules[name].pattern.test(path)) return ambiguous(name)
  }
  if (plainPath.test(path)) return { kind: 'canonical', target: { path, raw } }

  const decoded = decodedOnce(path)
  if (decoded === undefined) return ambiguous('overlong_utf8')
  if (/%[0-9a-f]{2}/i.test(decoded)) return ambiguous('double_encoding')
  return { kind: 'canonical', target: { path: spell(path), raw } }
}

/** Segments of plain characters, none of them empty, `.` or `..`; and a query without `#`. */
const plainTarget =
  /^(?=\/)(?:\/(?!\.{1,2}(?:[/?]|$))[\w\-.~!$&'()*+,=:@]+)*\/?(?:\?[\x21\x22\x24-\x7e]*)?$/
const plainPath = /^[\w\-.~!$&'()*+,=:@/]*$/

/**
 * One spelling for all ways to write the same characters: what may stand for itself does, all
 * else is an escape in capitals. `+` and `%2B` stay apart, because some read `+` as a space.
 */
function spell(path: string): string {
  return path
    .split(/(%2B)/i)
    .map((part) =>
      /^%2B$/i.test(part)
        ? '%2B'
        : encodeURIComponent(decodeURIComponent(part)).replace(
            /%(?:2F|24|26|2B|2C|3D|3A|40)/g,
            decodeURIComponent,
          ),
    )
    .join('')
}

function decodedOnce(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

function ambiguous(rule: AmbiguityRule): Canonicalised {
  return { kind: 'ambiguous', rule }
}

function keysOf<T extends object>(table: T): readonly (keyof T)[] {
  return Object.keys(table) as (keyof T)[]
}
