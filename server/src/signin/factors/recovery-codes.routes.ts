// Recovery codes: a new set, and signing in with one. What such a session opens is in a policy that
// everybody can read: the portal, to register a new passkey, and nothing else.
import { factorsApi } from '@countersign/contract/api/factors'
import { signinFactorsApi } from '@countersign/contract/api/signin-factors'
import { isPresent } from '@countersign/contract/estate'
import { problem } from '@countersign/contract/problems'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { admit } from '#signin/admission.store'
import {
  actorPerson,
  attemptKey,
  type Entrance,
  requiredSession,
  sourceOf,
  tooMany,
  welcome,
} from '#signin/entrance'
import { mayChangeFactors, strongSignInNeeded } from './may-change.ts'
import {
  codeHash,
  newRecoveryCodes,
  recoveryCodeAuthentication,
  recoveryCodesKind,
  withoutCode,
} from './recovery-codes.ts'
import { recoveryCodesWith } from './recovery-codes.store.ts'

/** Where somebody registers a passkey within a session. */
const portalPath = '/identity/me'

export function recoveryCodesRoutes(
  deps: SigninDependencies,
  { sites, failures }: Pick<Entrance, 'sites' | 'failures'>,
): readonly Implementation[] {
  const { store, ledger, settings, log } = deps
  return [
    implement(factorsApi.renewRecoveryCodes, async (_, exchange) => {
      const { caller, now, reply } = exchange
      const { person, authentication } = requiredSession(caller)
      if (!mayChangeFactors(authentication, { isDemo: settings.demo, now })) {
        throw strongSignInNeeded()
      }
      const { codes, document } = newRecoveryCodes(person, sourceOf(deps, exchange))
      const { sequence } = await ledger.write(actorOf(caller), [
        {
          event: 'identity.recovery-codes.issued',
          kind: recoveryCodesKind,
          id: person,
          after: document,
        },
      ])
      reply.sequence(sequence)
      return { codes: [...codes], issuedAt: document.issuedAt }
    }),

    implement(signinFactorsApi.recoveryCode, async ({ body }, exchange) => {
      const { caller, now, requestId } = exchange
      const hash = codeHash(body.code)
      const found = await recoveryCodesWith(store.db, hash)
      const isGood = found && isPresent(ledger.estate.get('person', found.id), now)
      if (!isGood) {
        const reason = found ? 'its person is not here any more' : 'no unused code is like this'
        log.info({ requestId, reason }, 'a recovery code was refused')
        // Whoever has a right one is never counted, whatever a neighbour did before.
        throw failures.spend(attemptKey(caller), now) ? problem('signin.failed') : tooMany()
      }
      const admitted = await admit(ledger, sourceOf(deps, exchange), {
        actor: actorPerson(found.id),
        // A session of its own: a code does not weaken one that is there.
        sessionId: undefined,
        prove: async (tx) => {
          const set = await recoveryCodesWith(tx, hash)
          if (!set || !isPresent(ledger.estate.get('person', set.id), now)) {
            throw problem('signin.failed')
          }
          return {
            arrival: {
              person: set.id,
              authentication: recoveryCodeAuthentication(now),
              device: undefined,
              host: sites.publicUrl.hostname,
            },
            drafts: [
              {
                event: 'identity.recovery-code.used',
                kind: recoveryCodesKind,
                id: set.id,
                after: withoutCode(set, hash),
              },
            ],
          }
        },
      })
      welcome(exchange, admitted)
      return { next: portalPath }
    }),
  ]
}
