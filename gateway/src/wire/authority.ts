// Which host a request is for decides which application answers it, so there must be exactly one
// way to read it.

/** A host as a request names it: in lower case, with the port where one was given. */
export interface Authority {
  /** Without port. IPv6 literals keep their brackets. */
  readonly name: string
  readonly port: string | undefined
}

// RFC 3986 §3.2.2, less what only confuses: no user information, no percent-encoding, no
// trailing dot, ASCII only (RFC 5890 §2.3.2.1: on the wire a name is in its ASCII form).
const authority =
  /^((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*|\[[0-9a-f:.]{2,45}\])(?::(\d{1,5}))?$/
const nameMaxCharacters = 253

/** Reads `host[:port]`; undefined where it cannot be read in exactly one way. */
export function readAuthority(text: string): Authority | undefined {
  const [, name, port] = authority.exec(text.toLowerCase()) ?? []
  if (name === undefined || name.length > nameMaxCharacters) return undefined
  if (port !== undefined && Number(port) > 65_535) return undefined
  return { name, port }
}

/** `host[:port]` in lower case. */
export function authorityText({ name, port }: Authority): string {
  return port === undefined ? name : `${name}:${port}`
}
