// The provider with the keys of the moment. It is made when somebody first asks, and made anew when
// its keys have changed.
import type { Secret } from '@countersign/contract/secret'
import type { IdSource } from '@countersign/contract/ids'
import type { Middleware } from './answers.ts'
import { providerKeys } from './keys.store.ts'
import { type MadeProvider, makeProvider, type ProviderOptions } from './provider.ts'

export interface OpenIdOptions extends Omit<ProviderOptions, 'keys'> {
  readonly masterKey: Secret<Uint8Array>
  readonly source: IdSource
}

/** The provider, and the key with which it makes names of its own. */
export interface CurrentProvider extends MadeProvider {
  readonly own: Secret
}

/** How often to look whether a key has come or gone, in milliseconds. */
const lookEveryMs = 60_000

/** Gives the provider of the moment; `using` is put around every answer of it. */
export function openIdProvider(
  options: OpenIdOptions,
  using: (own: Secret) => Middleware,
): () => Promise<CurrentProvider> {
  const { store, masterKey, source, now } = options
  let current: (CurrentProvider & { readonly version: string }) | undefined
  let lookedAt = -Infinity
  let looking: Promise<CurrentProvider> | undefined
  const look = async (): Promise<CurrentProvider> => {
    const keys = await providerKeys(store.db, masterKey, source)
    if (current?.version !== keys.version) {
      const made = makeProvider({ ...options, keys })
      made.provider.use(using(keys.own))
      current = { ...made, own: keys.own, version: keys.version }
    }
    lookedAt = now()
    return current
  }
  return async () => {
    if (current && Math.abs(now() - lookedAt) < lookEveryMs) return current
    looking ??= look().finally(() => (looking = undefined))
    return looking
  }
}
