// A secret that is printed by accident is a breach. So a secret is a type whose every
// ordinary rendering is `[secret]`, and taking the value out is a word one can search for.

const shown = '[secret]'

/** A value that must not appear in logs, errors, JSON or an inspector. */
export class Secret<T = string> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** The value itself. Each call is a place to review. */
  reveal(): T {
    return this.#value
  }

  toString(): string {
    return shown
  }

  toJSON(): string {
    return shown
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return shown
  }
}
