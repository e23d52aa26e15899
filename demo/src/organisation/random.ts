// A demonstration must come out the same on every machine, so its randomness is a sequence that
// follows from a seed. It is the small fast counter generator `sfc32`. It is NOT for security:
// who knows the seed knows every value. Keys, tokens and sessions never come from here.

export interface Random {
  /** In [0, 1), with 32 bits of resolution. */
  fraction(): number
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number
  chance(probability: number): boolean
  /** One of the items. Throws where there is none. */
  pick<T>(items: readonly T[]): T
  /** One of the items, each as likely as its weight says. Throws where there is none. */
  weighted<T>(items: readonly (readonly [item: T, weight: number])[]): T
  /** The items in another order. */
  shuffled<T>(items: readonly T[]): T[]
  /** `count` different items, or all where there are fewer. */
  sample<T>(items: readonly T[], count: number): T[]
  bytes(count: number): Uint8Array
  /** An independent sequence, so that a change in one part of a generator leaves the others alone. */
  stream(name: string): Random
}

/** The sequence of a seed. */
export function randomFrom(seed: string): Random {
  const next = sfc32(seed)
  const fraction = (): number => next() / 4_294_967_296
  const between = (min: number, max: number): number =>
    min + Math.floor(fraction() * (max - min + 1))
  const pick = <T>(items: readonly T[]): T => at(items, between(0, items.length - 1))
  const shuffled = <T>(items: readonly T[]): T[] => {
    const result = [...items]
    for (let last = result.length - 1; last > 0; last--) {
      const other = between(0, last)
      const moved = at(result, last)
      result[last] = at(result, other)
      result[other] = moved
    }
    return result
  }
  return {
    fraction,
    between,
    chance: (probability) => fraction() < probability,
    pick,
    weighted(items) {
      let left = fraction() * items.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [item, weight] of items) {
        left -= weight
        if (left < 0) return item
      }
      return at(items, items.length - 1)[0]
    },
    shuffled,
    sample: (items, count) => shuffled(items).slice(0, count),
    bytes: (count) => Uint8Array.from({ length: count }, () => next() >>> 24),
    stream: (name) => randomFrom(`${seed}/${name}`),
  }
}

/**
 * Splits `total` into `count` whole parts from `min` to `max`, in no particular order.
 * Throws where that is impossible.
 */
export function spread(
  random: Random,
  total: number,
  count: number,
  { min, max }: { readonly min: number; readonly max: number },
): number[] {
  if (total < count * min || total > count * max) {
    throw new RangeError(`${total} cannot be spread over ${count} parts of ${min} to ${max}`)
  }
  const parts = Array.from({ length: count }, () => min)
  let left = total - count * min
  while (left > 0) {
    const index = random.between(0, count - 1)
    const part = at(parts, index)
    if (part === max) continue
    parts[index] = part + 1
    left--
  }
  return parts
}

function at<T>(items: readonly T[], index: number): T {
  if (index < 0 || index >= items.length) throw new RangeError('there is nothing to choose from')
  // INVARIANT: the index was just checked; an item may itself be undefined.
  return items[index] as T
}

// sfc32 by Chris Doty-Humphrey, as in PractRand; state from FNV-1a over the seed.
function sfc32(seed: string): () => number {
  let a = fnv1a(`${seed}/a`)
  let b = fnv1a(`${seed}/b`)
  let c = fnv1a(`${seed}/c`)
  let counter = 1
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  for (let round = 0; round < 15; round++) next()
  return next
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash
}
