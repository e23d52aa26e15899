// A gateway redeems the code with which a visitor's session is carried to its host.
import { networksApi } from '@countersign/contract/api/networks'
import { isPresent } from '@countersign/contract/estate'
import { problem } from '@countersign/contract/problems'
import { tokenHash } from '@countersign/contract/session'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { sourceOf } from './entrance.ts'
import { type Entry, extend } from './entry.ts'
import { isRedeemable } from './handoff.ts'
import { takeHandoff } from './handoff.store.ts'
import { openSession } from './session.store.ts'
import { isLive } from './session.ts'
import { takeTurn } from './turn.store.ts'

/** What answers `networksApi.handoff`. */
export function handoffRoutes(deps: SigninDependencies): readonly Implementation[] {
  const { store, ledger } = deps
  return [
    implement(networksApi.handoff, async ({ body }, exchange) => {
      const { caller, now, reply } = exchange
      // A code is spent by the first attempt, also where host or flow are wrong: nobody gets to
      // try which ones fit.
      const handoff = await takeHandoff(store.db, tokenHash(body.code))
      if (!handoff || !isRedeemable(handoff, body, now)) throw problem('signin.expired')
      let extended: Omit<Entry, 'session'> | undefined
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        await takeTurn(tx)
        const current = await openSession(tx, handoff.session)
        if (
          !current ||
          !isLive(current.session, now) ||
          !isPresent(ledger.estate.get('person', current.session.person), now)
        ) {
          throw problem('signin.expired')
        }
        extended = extend(current, handoff.host, sourceOf(deps, exchange))
        return extended.drafts
      })
      if (!extended) throw new Error('a session was extended that nobody extended')
      const { secret, maxAgeSeconds } = extended
      reply.sequence(sequence)
      return { token: secret, returnTo: handoff.returnTo, maxAgeSeconds, sequence }
    }),
  ]
}
