// Text for a terminal. What came from outside (names, paths, policies) passes through `printable`,
// because a terminal obeys control characters whoever sent them.
import { styleText } from 'node:util'

export type Tone = 'good' | 'bad' | 'careful' | 'quiet' | 'strong'
export type Paint = (tone: Tone, text: string) => string

const formats = {
  good: 'green',
  bad: 'red',
  careful: 'yellow',
  quiet: 'dim',
  strong: 'bold',
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>

export const plain: Paint = (_tone, text) => text
export const coloured: Paint = (tone, text) =>
  styleText(formats[tone], text, { validateStream: false })

// C0 and C1 controls, and the marks that reorder or hide text.
// oxlint-disable-next-line no-control-regex -- controls are what it looks for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu

/** The text on one line, with every control character written out. */
export function printable(text: string): string {
  return text.replaceAll(
    unprintable,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** As `printable`, line by line. */
export function printableLines(text: string): readonly string[] {
  return text
    .replaceAll('\t', '  ')
    .split(/\r?\n/)
    .map((line) => printable(line))
}

/** Text of one cell of a table, with its tone if it has one. */
export type Cell = string | { readonly text: string; readonly tone: Tone }

/** Rows with their columns aligned. The last column of a row is not padded. */
export function aligned(rows: readonly (readonly Cell[])[], paint: Paint, gap = 2): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.slice(0, -1).entries()) {
      widths[index] = Math.max(widths[index] ?? 0, width(textOf(cell)))
    }
  }
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const text = textOf(cell)
        const padding =
          index === row.length - 1 ? '' : ' '.repeat((widths[index] ?? 0) - width(text) + gap)
        return (typeof cell === 'string' ? text : paint(cell.tone, text)) + padding
      })
      .join('')
      .trimEnd(),
  )
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}

const segmenter = new Intl.Segmenter('en')

/** The characters as people count them. */
export function characters(text: string): readonly string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

function width(text: string): number {
  return characters(text).length
}
