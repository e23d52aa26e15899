// A source that cannot be read says where and what to do, so that a person can mend it.

/** A source is not as it should be, or cannot be reached. Its message never quotes a value. */
export class SourceError extends Error {
  override readonly name = 'SourceError'
  /** File and line, page, or address. */
  readonly where: string
  /** What to do next. */
  readonly remedy: string
  /** Whether the address could not be reached at all, so that trying again may help. */
  readonly unreachable: boolean

  constructor(
    where: string,
    what: string,
    remedy: string,
    options: ErrorOptions & { readonly unreachable?: boolean } = {},
  ) {
    super(`${where}: ${what}`, options)
    this.where = where
    this.remedy = remedy
    this.unreachable = options.unreachable ?? false
  }
}
