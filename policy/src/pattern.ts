// Cedar's `like`: literal text and `*`, which stands for any text. Comparing UTF-16 code units gives
// the same answers as comparing code points, because both sides are well formed.

/** A test for Cedar's `like`; `null` in the pattern is the wildcard. */
export function compilePattern(pattern: readonly (string | null)[]): (text: string) => boolean {
  const pieces = ['']
  for (const element of pattern) {
    if (element === null) pieces.push('')
    else pieces.push((pieces.pop() ?? '') + element)
  }
  const prefix = pieces[0] ?? ''
  if (pieces.length === 1) return (text) => text === prefix
  const suffix = pieces.at(-1) ?? ''
  const between = pieces.slice(1, -1).filter((piece) => piece !== '')
  return (text) => {
    const end = text.length - suffix.length
    if (end < prefix.length || !text.startsWith(prefix) || !text.endsWith(suffix)) return false
    // The leftmost place is always as good as any other, because a wildcard may take the rest.
    let from = prefix.length
    for (const piece of between) {
      const at = text.indexOf(piece, from)
      if (at < 0) return false
      from = at + piece.length
    }
    return from <= end
  }
}
