// What a module of routes is given. Clock, randomness and store arrive here; only main.ts makes them.
import type { Secret } from '@countersign/contract/secret'
import type { Settings } from '@countersign/contract/settings'
import type { Ledger } from '#journal/ledger'
import type { Log } from '#log'
import type { Store } from '#store/store'

export interface Dependencies {
  readonly store: Store
  readonly ledger: Ledger
  readonly settings: Settings<'server'>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly randomBytes: (count: number) => Uint8Array
  readonly log: Log
}

export interface SigninDependencies extends Dependencies {
  /** What secrets that have to be told again are sealed with. */
  readonly masterKey: Secret<Uint8Array>
}
