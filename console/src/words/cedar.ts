// Cedar policy text cut into coloured pieces. It only paints: the pieces always join to the exact
// text, and what it does not know stays plain.

type TokenKind =
  | 'plain'
  | 'comment'
  | 'string'
  | 'number'
  | 'effect'
  | 'keyword'
  | 'variable'
  | 'annotation'
  | 'type'
  | 'operator'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** Where it begins, in UTF-16 code units. */
  readonly at: number
}

const words: ReadonlyMap<string, TokenKind> = new Map([
  ...all('effect', 'permit', 'forbid'),
  ...all('keyword', 'when', 'unless', 'if', 'then', 'else', 'in', 'is', 'has', 'like'),
  ...all('number', 'true', 'false'),
  ...all('variable', 'principal', 'action', 'resource', 'context'),
])

function all(kind: TokenKind, ...texts: readonly string[]) {
  return texts.map((text) => [text, kind] as const)
}

// One alternative per kind, in order of precedence; whitespace and brackets fall through as plain.
const pattern =
  /(?<comment>\/\/[^\n]*)|(?<string>"(?:[^"\\]|\\.)*"?)|(?<annotation>@[A-Za-z_]\w*)|(?<number>\d+)|(?<type>[A-Za-z_]\w*(?=\s*::))|(?<word>[A-Za-z_]\w*)|(?<operator>==|!=|<=|>=|&&|\|\||[<>!+*-])/gs

/** The pieces of `text`, in order. Joined they are `text`. */
export function cedarTokens(text: string): readonly Token[] {
  const tokens: Token[] = []
  let end = 0
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) {
      tokens.push({ kind: 'plain', text: text.slice(end, match.index), at: end })
    }
    // A member such as `context.action` is not the variable of that name.
    const isMember = text.charAt(match.index - 1) === '.'
    tokens.push({ kind: kindOf(match.groups ?? {}, isMember), text: match[0], at: match.index })
    end = match.index + match[0].length
  }
  if (end < text.length) tokens.push({ kind: 'plain', text: text.slice(end), at: end })
  return tokens
}

function kindOf(groups: Record<string, string | undefined>, isMember: boolean): TokenKind {
  const word = groups['word']
  if (word !== undefined) {
    return isMember ? 'plain' : (words.get(word) ?? 'plain')
  }
  for (const kind of ['comment', 'string', 'annotation', 'number', 'type', 'operator'] as const) {
    if (groups[kind] !== undefined) return kind
  }
  return 'plain'
}
