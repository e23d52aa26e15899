// A sign for things that have no picture: two letters and one of six quiet tints, always the same
// for the same thing.

/** One or two letters: the first of the first two words, or the first two of a single word. */
export function monogram(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '')
  const [first = '', second] = words
  return second === undefined
    ? first.slice(0, 2)
    : (first.charAt(0) + second.charAt(0)).toUpperCase()
}

const toneCount = 6

/** 0 to 5, from the id. */
export function toneOf(id: string): number {
  let sum = 0
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973
  return sum % toneCount
}

/** The initials of a person: the first letters of the first and the last name. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '')
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined]
  return letters
    .map((word) => word?.charAt(0) ?? '')
    .join('')
    .toUpperCase()
}
