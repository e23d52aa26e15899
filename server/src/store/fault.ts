// What can be wrong with the store, seen from outside it.

/** Something about the machine keeps the store from working. The message ends with the next step. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault'
}

/** What the embedded database answered, in the form that the `pg` driver uses for its errors. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  /** SQLSTATE; or `busy`, `lost`. */
  readonly code: string | undefined
  readonly constraint: string | undefined

  constructor(
    message: string,
    code: string | undefined,
    options: { readonly constraint?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.constraint = options.constraint
  }
}

/** What an error of the database means to the caller of an operation. */
export type StoreErrorMeaning =
  /** The database is away, busy or out of room: the same call may succeed later. */
  | 'unavailable'
  /** A value cannot be stored at all, such as a text with the character U+0000. */
  | 'unstorable'

const unavailableCodes = new Set([
  'busy',
  'lost',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])

/** Reads an error of either driver; undefined where it is no error of the store. */
export function meaningOf(error: unknown): StoreErrorMeaning | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as { readonly code?: unknown }
  if (typeof code !== 'string') {
    // `pg` has no code for these two.
    return /^(?:timeout exceeded when trying to connect|Connection terminated)/.test(error.message)
      ? 'unavailable'
      : undefined
  }
  if (unavailableCodes.has(code)) return 'unavailable'
  // SQLSTATE classes: 08 connection, 53 resources, 57 operator intervention, 58 system; 22 data.
  if (/^(?:08|53|57|58)[0-9A-Z]{3}$/.test(code)) return 'unavailable'
  if (/^22[0-9A-Z]{3}$/.test(code)) return 'unstorable'
  return undefined
}
