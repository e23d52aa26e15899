// Every decision has an id of random bytes, and asking the system for so few at a time costs more
// than the rest of the id. So they are fetched in advance; each byte is given out once.

const poolBytes = 4_096

/** A source of random bytes that fetches from `source` in larger portions. */
export function pooled(source: (count: number) => Uint8Array): (count: number) => Uint8Array {
  let pool: Uint8Array = new Uint8Array(0)
  let given = 0
  return (count) => {
    if (count > poolBytes) return source(count)
    if (given + count > pool.length) {
      pool = source(poolBytes)
      given = 0
    }
    given += count
    return pool.subarray(given - count, given)
  }
}
