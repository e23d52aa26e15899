// How a source is named, and what every reader of one is given.
import type { Bookmark } from './reading.ts'

/** Where to read from. */
export type SourceSpec =
  | {
      readonly kind: 'path'
      /** A file or a folder; what it is, is seen from what it holds. */
      readonly path: string
      /** Which column or member means what, where the guess would be wrong. */
      readonly columns?: Readonly<Record<string, string>> | undefined
    }
  | LdapSpec

/** A directory that answers LDAP. */
export interface LdapSpec {
  readonly kind: 'ldap'
  /** As `ldaps://dc1.example.com`; `ldap://` becomes encrypted by StartTLS before anything is sent. */
  readonly url: string
  /** Where to search from; the server's own default when absent. */
  readonly base?: string | undefined
  readonly bindDn: string
  /** Reads the password from a file or the environment, at the moment it is needed. */
  readonly password: () => Promise<string>
  /** Certificates that may vouch for the server, as PEM; the system's when absent. */
  readonly authorities?: string | undefined
  /** Without any encryption. Only for a server on this machine. */
  readonly plain?: boolean | undefined
  /** Only what changed since then. */
  readonly since?: Bookmark | undefined
}

/** What a reader tells while it works. */
interface Progress {
  readonly entries: number
  /** From 0 to 1, where the size is known. */
  readonly share?: number
}

export interface ReadOptions {
  /** Milliseconds since the epoch; ages are counted from here. */
  readonly now: number
  readonly onProgress?: ((progress: Progress) => void) | undefined
}
