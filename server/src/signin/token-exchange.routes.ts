// Where programs exchange tokens. What was brought is spent and the exchange recorded before the new
// token leaves, together or not at all.
import { type Confirmation, accessTokenType } from '@countersign/contract/access-token'
import { accessTokenUrn, signinTokenApi } from '@countersign/contract/api/signin-token'
import { entityText, uid } from '@countersign/contract/entities'
import { problem } from '@countersign/contract/problems'
import { tokenHash } from '@countersign/contract/session'
import { workloadOf } from '@countersign/contract/workload-subject'
import { SignJWT } from 'jose'
import type { SigningKey } from '#feed/keys.store'
import type { Caller } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { Attempts } from './attempts.ts'
import { attemptKey, sourceOf, tooMany } from './entrance.ts'
import type { TokenIssuer } from './token-exchange-issuers.file.ts'
import { keysOf } from './token-exchange-keys.client.ts'
import { type KeyProof, readKeyProof } from './token-exchange-proof.ts'
import { spendOnce } from './token-exchange.store.ts'
import {
  type KnownIssuer,
  readSubjectToken,
  refused,
  type SubjectToken,
} from './token-exchange-subject.ts'
import {
  accessTokenFor,
  exchangeFailureLimits,
  refuseOtherExchanges,
  targetOf,
} from './token-exchange.ts'

export interface TokenExchangeDependencies extends SigninDependencies {
  readonly issuers: readonly TokenIssuer[]
  /** Gateways know its public half. */
  readonly key: Pick<SigningKey, 'privateKey'>
}

/** What answers `signinTokenApi`. */
export function tokenExchangeRoutes(deps: TokenExchangeDependencies): readonly Implementation[] {
  const { ledger, key, settings } = deps
  const { origin } = settings.publicUrl
  const url = new URL(signinTokenApi.exchangeToken.path, origin)
  const failures = new Attempts(exchangeFailureLimits)
  const issuers = new Map(
    deps.issuers.map((it): readonly [string, KnownIssuer] => [
      it.issuer,
      { keys: keysOf(it), reusable: it.reusable },
    ]),
  )
  return [
    implement(signinTokenApi.exchangeToken, async ({ body }, exchange) => {
      const { caller, now, reply, proofs } = exchange
      const { estate } = ledger
      refuseOtherExchanges(body)
      // A failure costs before it is judged, and whoever succeeded gets it back.
      if (!failures.spend(attemptKey(caller), now)) throw tooMany()
      const brought = await readSubjectToken(body.subject_token, issuers, now)
      const workload = workloadOf(brought.federation, estate)
      if (!workload) throw refused('it stands for no active workload')
      const application = targetOf(body, estate)
      const proof = await readKeyProof(proofs, { method: 'POST', url, now })
      const claims = accessTokenFor(
        { workload, application, brought, binding: bindingOf(proof, caller) },
        sourceOf(deps, exchange),
      )
      const { sequence } = await ledger.write(
        entityText(uid('workload', workload.id)),
        async (tx) => {
          for (const once of spentBy(brought, proof)) {
            if (!(await spendOnce(tx, once))) throw once.problem
          }
          const { jti, aud, exp, cnf, federation } = claims
          const issued = { id: workload.id, jti, application: aud, endsAt: exp * 1000, federation }
          return [
            {
              event: 'identity.token.issued',
              kind: 'access-token',
              id: workload.id,
              after: { ...issued, ...(cnf === undefined ? {} : { cnf }) },
            },
          ]
        },
      )
      failures.giveBack(attemptKey(caller), now)
      reply.sequence(sequence)
      const token = await new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'EdDSA', typ: accessTokenType })
        .setIssuer(origin)
        .sign(key.privateKey)
      return {
        access_token: token,
        issued_token_type: accessTokenUrn,
        token_type: proof === undefined ? 'Bearer' : 'DPoP',
        expires_in: claims.exp - claims.iat,
      } as const
    }),
  ]
}

// A program that shows a certificate gets a token that is worth nothing without it.
function bindingOf(proof: KeyProof | undefined, caller: Caller): Confirmation {
  const certificate = caller.kind === 'visitor' ? caller.certificate : undefined
  return {
    ...(proof === undefined ? {} : { jkt: proof.thumbprint }),
    ...(certificate === undefined ? {} : { 'x5t#S256': certificate }),
  }
}

// Until a little later than each would count, by any clock that may judge it.
const spentForMs = 60_000

function spentBy({ federation, onceAs, endsAt }: SubjectToken, proof: KeyProof | undefined) {
  return [
    ...(onceAs === undefined
      ? []
      : [
          {
            id: tokenHash(JSON.stringify(['token', federation.issuer, onceAs])),
            expiresAt: Math.ceil(endsAt * 1000) + spentForMs,
            problem: refused('it was exchanged before, and counts once'),
          },
        ]),
    ...(proof === undefined
      ? []
      : [
          {
            id: tokenHash(JSON.stringify(['proof', proof.thumbprint, proof.jti])),
            expiresAt: proof.endsAt * 1000 + spentForMs,
            problem: problem('signin.proof_refused', 'it was used before'),
          },
        ]),
  ]
}
