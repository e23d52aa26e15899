// What the rest of the server knows of logging: levels, fields and a sentence. Fields carry ids
// and figures, never names, addresses of people, cookies or bodies.

type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** A structured log. pino's logger is one. */
export interface Log {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}

/** A log that keeps nothing. */
export const silence: Log = { debug() {}, info() {}, warn() {}, error() {} }
