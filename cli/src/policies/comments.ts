// The comments of a policy file, compared before and after something rewrote it.

export interface Comment {
  readonly text: string
  readonly offset: number
  readonly length: number
}

/** The first comment that `after` does not hold as often as `before` does. */
export function lostComment(before: string, after: string): Comment | undefined {
  const left = new Map<string, number>()
  for (const { text } of commentsOf(after)) left.set(text, (left.get(text) ?? 0) + 1)
  return commentsOf(before).find(({ text }) => {
    const count = left.get(text) ?? 0
    left.set(text, count - 1)
    return count === 0
  })
}

// A comment may hold quotes, and a text in quotes may look like a comment.
const trivia = /"(?:[^"\\]|\\[^])*"|(?<comment>\/\/[^\n\r]*)/gu

function commentsOf(text: string): Comment[] {
  return [...text.matchAll(trivia)].flatMap(({ groups, index }) => {
    const comment = groups?.['comment']?.trimEnd()
    return comment === undefined ? [] : { text: comment, offset: index, length: comment.length }
  })
}
