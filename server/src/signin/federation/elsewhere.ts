// What a session that came from a provider has besides others: it is proved again there, and its end
// here may be its end there too.
import type { Session } from '@countersign/contract/documents'
import { Problem } from '@countersign/contract/problems'
import type { SigninDependencies } from '#http/dependencies'
import { passkeysOf } from '#signin/passkey.store'
import { type Protocols, speak } from './protocol.ts'
import { readProvider } from './provider.store.ts'
import { type ProviderSession, readProviderSession } from './provider-sessions.store.ts'

/** A sign-in there younger than this was just made, and another one would be no better. */
const justSignedInMs = 5 * 60_000

/**
 * The provider at which someone who has no other way proves again who they are; undefined where
 * they are to choose, because they have a passkey here, or because signing in there did not suffice.
 */
export async function askedElsewhere(
  { store }: Pick<SigninDependencies, 'store'>,
  { person, authentication }: Session,
  now: number,
): Promise<string | undefined> {
  const { provider: id, observedAt } = authentication
  if (id === undefined || now - observedAt <= justSignedInMs) return undefined
  const provider = await readProvider(store.db, id)
  if (!provider?.enabled) return undefined
  return (await passkeysOf(store.db, person)).length === 0 ? id : undefined
}

/** Where a session came from; undefined where it began here. */
export function atProvider(
  { store, masterKey }: Pick<SigninDependencies, 'store' | 'masterKey'>,
  session: string,
): Promise<ProviderSession | undefined> {
  return readProviderSession(store.db, masterKey, session)
}

/** Where the browser goes to sign out at the provider too. It can wait; the session here is over. */
export async function signOutElsewhere(
  { store, log }: Pick<SigninDependencies, 'store' | 'log'>,
  protocols: Protocols,
  elsewhere: ProviderSession | undefined,
  now: number,
): Promise<string | undefined> {
  if (!elsewhere) return undefined
  const provider = await readProvider(store.db, elsewhere.provider)
  if (!provider?.enabled) return undefined
  try {
    return await speak(protocols, provider, (protocol, it) => protocol.signOut(it, elsewhere, now))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    log.warn({ provider: provider.id, code: error.code }, 'a provider cannot be signed out of')
    return undefined
  }
}
