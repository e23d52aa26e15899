// Text from the catalogue and from servers puts names and commands in backticks; here they are set
// as code.

export function Prose({ text }: { readonly text: string }) {
  // A text without a pair of backticks is one piece, and comes out as it is.
  return [...text.matchAll(/`(?<code>[^`]+)`|[^`]+|`/g)].map(({ 0: whole, groups, index }) =>
    groups?.['code'] === undefined ? whole : <code key={index}>{groups['code']}</code>,
  )
}
