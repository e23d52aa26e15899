// What the exit code of `countersign` means. Scripts rely on these numbers, so they are one table,
// which help and the manual show; a number never changes its meaning.

interface ExitRow {
  readonly code: number
  readonly meaning: string
}

export const exits = {
  ok: { code: 0, meaning: 'done, or stopped as asked' },
  unexpected: { code: 1, meaning: 'something broke on our side' },
  usage: { code: 2, meaning: 'the command line or a setting is wrong' },
  unreachable: { code: 3, meaning: 'the server cannot be reached' },
  refused: { code: 4, meaning: 'the server refused, or you may not open its control socket' },
  notFound: { code: 5, meaning: 'there is no such thing' },
  inUse: { code: 6, meaning: 'another process uses the data directory or an address' },
  fallen: { code: 7, meaning: 'a program that was started did not stay up' },
  findings: {
    code: 8,
    meaning:
      'policies, tests, formatting, accounts, an application or a proxy are not as they should be',
  },
  differs: { code: 9, meaning: 'the two policy sets differ, and `--exit-code` asked' },
  cut: { code: 10, meaning: 'a tunnel was ended before its sides were done' },
} as const satisfies Record<string, ExitRow>

export type ExitName = keyof typeof exits
/** The table in the order of the numbers. */
export const exitRows: readonly ExitRow[] = Object.values(exits)
