// A provider may drop an account without telling us. So, where it gave us the means, we ask at
// intervals whether it still stands by the account, and what it does not stand by ends at once.
import type { SigninDependencies } from '#http/dependencies'
import { actorProvider } from '#signin/federation/end.store'
import { readProvider } from '#signin/federation/provider.store'
import {
  askNext,
  keepProviderSession,
  type ProviderSession,
  readProviderSession,
  takeDue,
} from '#signin/federation/provider-sessions.store'
import { endSession } from '#signin/session-ending.store'
import { discoveredOf, type OidcDependencies } from './oidc-protocol.ts'
import { askAgain, type Standing } from './redeem.client.ts'

/** How often to look for accounts to ask about, in milliseconds. */
export const recheckEveryMs = 20_000
/** A provider that does not answer is asked again after this, in milliseconds. */
const retryAfterMs = 2 * 60_000
/** Accounts asked about in one go, and how many of them at once. */
const dueMax = 200
const atOnce = 8

/** Asks about what is due. @returns how many sessions ended. */
export async function recheck(deps: SigninDependencies & OidcDependencies): Promise<number> {
  const { store, now } = deps
  const moment = now()
  const due = await takeDue(store.db, { now: moment, until: moment + retryAfterMs, limit: dueMax })
  let ended = 0
  for (let start = 0; start < due.length; start += atOnce) {
    const asked = due
      .slice(start, start + atOnce)
      .map((session) => recheckOne(deps, session, moment))
    ended += (await Promise.all(asked)).filter((isEnded) => isEnded).length
  }
  return ended
}

async function recheckOne(
  deps: SigninDependencies & OidcDependencies,
  session: string,
  now: number,
): Promise<boolean> {
  const { store, ledger, masterKey, log } = deps
  const kept = await readProviderSession(store.db, masterKey, session)
  if (!kept) return false
  const provider = await readProvider(store.db, kept.provider)
  if (provider?.kind !== 'oidc') {
    await askNext(store.db, session, null)
    return false
  }
  const standing = await standingOf(deps, kept, now)
  const fields = { provider: provider.id, session }
  switch (standing.kind) {
    case 'stands': {
      const checkAt = now + provider.oidc.recheckMinutes * 60_000
      await store.transaction((tx) =>
        keepProviderSession(tx, masterKey, { ...kept, keepsakes: standing.keepsakes, checkAt }),
      )
      return false
    }
    case 'silent':
      // The session has its own end, so a provider that is down does not send everyone home.
      log.warn({ ...fields, why: standing.why }, 'a provider could not be asked about an account')
      return false
    case 'fallen': {
      log.info({ ...fields, why: standing.why }, 'a provider no longer stands by an account')
      await ledger.write(actorProvider(provider.id), (tx) =>
        endSession(tx, session, { why: 'provider' }),
      )
      return true
    }
  }
}

async function standingOf(
  deps: SigninDependencies & OidcDependencies,
  { provider: id, keepsakes, subject }: ProviderSession,
  now: number,
): Promise<Standing> {
  const provider = await readProvider(deps.store.db, id)
  if (provider?.kind !== 'oidc') return { kind: 'silent', why: 'it was removed' }
  try {
    return await askAgain(await discoveredOf(deps, provider, now), keepsakes, subject)
  } catch (error) {
    return { kind: 'silent', why: error instanceof Error ? error.message : String(error) }
  }
}
