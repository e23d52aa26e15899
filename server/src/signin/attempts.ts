// Failures are bounded, so that guessing costs time. A bucket belongs to an address, or to one
// passkey used from one address; there is none for a person or a passkey alone, because then a
// stranger could empty it and lock the owner out. Codes from an app are the exception: they are
// short, so a person's tries are counted wherever they come from, but those from a browser that the
// person has used before apart from those of all others. Each server counts by itself: with several
// of them the bounds are as many times higher.

export interface AttemptLimits {
  /** Attempts one may make at once. */
  readonly burst: number
  /** How long until one more is allowed, in milliseconds. */
  readonly refillMs: number
  /** Buckets kept; beyond it the one touched longest ago is forgotten. */
  readonly keysMax: number
}

/** Failed sign-ins: thirty at once, then one every two seconds. */
export const failureLimits: AttemptLimits = { burst: 30, refillMs: 2_000, keysMax: 20_000 }
/** Challenges asked for: enough for an office behind one address. */
export const challengeLimits: AttemptLimits = { burst: 240, refillMs: 250, keysMax: 20_000 }

/**
 * Codes from an app: five at once, then one every five minutes. Of a million codes three count at a
 * time, so a stranger with the password would need years.
 */
export const otpLimits: AttemptLimits = { burst: 5, refillMs: 300_000, keysMax: 20_000 }

interface Bucket {
  readonly left: number
  readonly at: number
}

/** Token buckets by key. Only what is spent is remembered; a full bucket takes no room. */
export class Attempts {
  readonly #limits: AttemptLimits
  // A Map iterates in order of insertion, and every change inserts anew: the first is the oldest.
  readonly #buckets = new Map<string, Bucket>()

  constructor(limits: AttemptLimits) {
    this.#limits = limits
  }

  /**
   * Takes one attempt; false where none is left. It is taken before the attempt is judged, so that
   * many at once do not slip through. `now` is in milliseconds since the epoch.
   */
  spend(key: string, now: number): boolean {
    const left = this.#left(key, now)
    if (left < 1) return false
    this.#keep(key, { left: left - 1, at: now })
    return true
  }

  /** Gives back the attempt of someone who succeeded. */
  giveBack(key: string, now: number): void {
    const left = this.#left(key, now) + 1
    if (left >= this.#limits.burst) this.#buckets.delete(key)
    else this.#keep(key, { left, at: now })
  }

  /** How many buckets are kept. */
  get size(): number {
    return this.#buckets.size
  }

  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size <= this.#limits.keysMax) return
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest)
      break
    }
  }

  #left(key: string, now: number): number {
    const { burst, refillMs } = this.#limits
    const bucket = this.#buckets.get(key)
    if (!bucket) return burst
    // A clock that was set back refills nothing.
    return Math.min(burst, bucket.left + Math.max(0, now - bucket.at) / refillMs)
  }
}

/**
 * What counts as one address: an IPv4 address, or the /64 of an IPv6 address, because whoever has
 * one address of a /64 has them all (RFC 4291 §2.5.4).
 */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  if (!address.includes(':')) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array.from({ length: missing }, () => '0'), ...back]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
