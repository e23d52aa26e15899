// When a key signs. Keys come in generations by the calendar, so that every server agrees without
// asking: the next one is published before it signs, and the one before stays published until nothing
// that it signed can still be of use.

/** How long a generation signs, in milliseconds. */
export const generationMs = 30 * 24 * 60 * 60_000
/** How long before it signs a generation is published. Applications keep keys for hours. */
export const publishedAheadMs = 24 * 60 * 60_000
/** How long a generation stays published after it signed. No token outlives a session of 12 hours. */
export const publishedAfterMs = 2 * 24 * 60 * 60_000

export interface Generations {
  readonly signing: number
  /** Those that are published besides, where they exist or must be made. */
  readonly next: number | undefined
  readonly previous: number | undefined
}

/** The generations of a moment, in milliseconds since the epoch. */
export function generationsAt(now: number): Generations {
  const signing = Math.floor(now / generationMs)
  const sinceMs = now - signing * generationMs
  return {
    signing,
    next: sinceMs >= generationMs - publishedAheadMs ? signing + 1 : undefined,
    previous: sinceMs < publishedAfterMs ? signing - 1 : undefined,
  }
}

/** What every generation has. RS256 is what every OpenID client knows; ES256 is smaller. */
export const signingAlgorithms = ['RS256', 'ES256'] as const
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

/** The name of a key in the store. It is also the `kid` under which it is published. */
export function signingKeyName(algorithm: SigningAlgorithm, generation: number): string {
  return `openid-${algorithm.toLowerCase()}-${generation}`
}
