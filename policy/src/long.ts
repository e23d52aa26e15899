// Cedar's 64-bit integers in JavaScript: a `number` while it is exact, a `bigint` beyond, never
// both for the same value, so that `===` is equality.

export type Long = number | bigint

export const LONG_MIN = -(2n ** 63n)
export const LONG_MAX = 2n ** 63n - 1n

/** The canonical form of an integer, or `undefined` when it needs more than 64 bits. */
export function longFromBigInt(value: bigint): Long | undefined {
  if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) {
    return Number(value)
  }
  return value < LONG_MIN || value > LONG_MAX ? undefined : value
}

/** The sum, or `undefined` on overflow. */
export function addLong(left: Long, right: Long): Long | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right
    if (Number.isSafeInteger(sum)) return sum
  }
  return longFromBigInt(BigInt(left) + BigInt(right))
}

/** The difference, or `undefined` on overflow. */
export function subtractLong(left: Long, right: Long): Long | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    const difference = left - right
    if (Number.isSafeInteger(difference)) return difference
  }
  return longFromBigInt(BigInt(left) - BigInt(right))
}

/** The product, or `undefined` on overflow. */
export function multiplyLong(left: Long, right: Long): Long | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    const product = left * right
    // Adding zero turns a negative zero into the only zero that Cedar knows.
    if (Number.isSafeInteger(product)) return product + 0
  }
  return longFromBigInt(BigInt(left) * BigInt(right))
}

/** The negation, or `undefined` on overflow (only the smallest integer has none). */
export function negateLong(value: Long): Long | undefined {
  return subtractLong(0, value)
}

/** The quotient rounded towards zero. `divisor` is a positive constant, so nothing can overflow. */
export function divideLong(value: Long, divisor: number): Long {
  if (typeof value === 'number') return Math.trunc(value / divisor) + 0
  const quotient = value / BigInt(divisor)
  return longFromBigInt(quotient) ?? quotient
}

/** The remainder in `[0, divisor)`, also for negative values. */
export function euclideanRemainder(value: Long, divisor: number): number {
  const remainder = typeof value === 'number' ? value % divisor : Number(value % BigInt(divisor))
  return (remainder < 0 ? remainder + divisor : remainder) + 0
}

export function isLong(value: unknown): value is Long {
  return typeof value === 'number' || typeof value === 'bigint'
}
