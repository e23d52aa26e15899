// Signing in with a passkey: a challenge, then its answer. Every refusal looks the same from
// outside, whether the credential is unknown, its owner gone, or the signature wrong.
import { signinApi } from '@countersign/contract/api/signin'
import { isPresent } from '@countersign/contract/estate'
import { problem } from '@countersign/contract/problems'
import { tokenHash } from '@countersign/contract/session'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { admit } from './admission.store.ts'
import { accepted, newChallenge } from './challenge.ts'
import { keepChallenge, takeChallenge } from './challenge.store.ts'
import {
  actorPerson,
  attemptKey,
  type Entrance,
  nextAfter,
  sessionOf,
  sourceOf,
  tooMany,
  welcome,
} from './entrance.ts'
import { readFactorsPolicy } from './factors/factors-policy.store.ts'
import { recoveryCancelled } from './factors/recovery.store.ts'
import { authenticationWith, mayFollow, passkeyId, passkeyKind, used } from './passkey.ts'
import { readPasskey } from './passkey.store.ts'
import { firstDeviceOf } from './people.ts'
import { authenticationOptions, claimedCredential, verifyAuthentication } from './webauthn.ts'

export function passkeyRoutes(
  deps: SigninDependencies,
  { rp, sites, failures, challenges }: Entrance,
): readonly Implementation[] {
  const { store, ledger, settings, log } = deps
  return [
    implement(signinApi.passkeyChallenge, async (_, exchange) => {
      if (!challenges.spend(attemptKey(exchange.caller), exchange.now)) throw tooMany()
      const { challenge, kept } = newChallenge({ purpose: 'signin' }, sourceOf(deps, exchange))
      await keepChallenge(store.db, kept)
      return { challenge, options: await authenticationOptions(rp, challenge) }
    }),

    implement(signinApi.passkey, async ({ body }, exchange) => {
      const { caller, now, requestId } = exchange
      const { challenge, response, returnTo } = body
      const next = nextAfter(returnTo, sites)
      const kept = await takeChallenge(store.db, tokenHash(challenge))
      if (!accepted(kept, 'signin', now)) throw problem('signin.expired')

      const credential = claimedCredential(response)
      const known =
        credential === undefined ? undefined : await readPasskey(store.db, passkeyId(credential))
      // Failures with a passkey of ours are counted apart, so that a neighbour behind the same
      // address cannot use up its owner's attempts.
      const key = attemptKey(caller) + (known ? ` ${known.id}` : '')
      if (!failures.spend(key, now)) throw tooMany()
      const verified = await verifyAuthentication(rp, challenge, response, known)
      if (verified.kind === 'refused' || !known) {
        const reason = verified.kind === 'refused' ? verified.reason : 'the credential is unknown'
        log.info({ requestId, passkey: known?.id, reason }, 'a sign-in was refused')
        throw problem('signin.failed')
      }

      const admitted = await admit(ledger, sourceOf(deps, exchange), {
        actor: actorPerson(known.person),
        sessionId: sessionOf(caller)?.id,
        prove: async (tx) => {
          const passkey = await readPasskey(tx, known.id)
          if (
            !passkey ||
            !mayFollow(verified.counter, passkey.counter) ||
            !isPresent(ledger.estate.get('person', passkey.person), now)
          ) {
            throw problem('signin.failed')
          }
          const after = used(passkey, verified, now)
          return {
            arrival: {
              person: passkey.person,
              authentication: authenticationWith(after, await readFactorsPolicy(tx), now),
              // No device proves itself yet; the demo plays that people sit at their own.
              device: settings.demo ? firstDeviceOf(ledger.estate, passkey.person) : undefined,
              host: sites.publicUrl.hostname,
            },
            drafts: [
              {
                event: 'identity.passkey.used',
                kind: passkeyKind,
                id: passkey.id,
                after,
              },
              // Whoever has a strong way in needs no recovery, and did not ask for one.
              ...(await recoveryCancelled(tx, passkey.person, now)),
            ],
          }
        },
      })
      failures.giveBack(key, now)
      welcome(exchange, admitted)
      return { next }
    }),
  ]
}
