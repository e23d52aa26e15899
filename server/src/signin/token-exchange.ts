// What is asked for and what is given when a workload exchanges a token (RFC 8693): a token of ours
// for that workload and one application, never longer than what it brought.
import {
  type AccessTokenClaims,
  accessTokenMaxAgeSeconds,
  type Confirmation,
} from '@countersign/contract/access-token'
import {
  accessTokenUrn,
  idTokenType,
  jwtTokenType,
  tokenExchangeGrant,
} from '@countersign/contract/api/signin-token'
import type { Application, Workload } from '@countersign/contract/documents'
import type { Estate } from '@countersign/contract/estate'
import { type IdSource, newId } from '@countersign/contract/ids'
import { problem } from '@countersign/contract/problems'
import type { AttemptLimits } from './attempts.ts'
import { refused, type SubjectToken } from './token-exchange-subject.ts'

/** Exchanges of one address that fail: a cluster that is set up wrongly, and no more. */
export const exchangeFailureLimits: AttemptLimits = {
  burst: 60,
  refillMs: 1_000,
  keysMax: 20_000,
}

/** What the request says, besides the token. */
export interface ExchangeRequest {
  readonly grant_type: string
  readonly subject_token_type: string
  readonly requested_token_type?: string | undefined
  readonly actor_token?: string | undefined
  readonly audience?: string | undefined
  readonly resource?: string | undefined
}

/**
 * Refuses another exchange than the one there is.
 * @throws signin.grant_unsupported, request.malformed
 */
export function refuseOtherExchanges(request: ExchangeRequest): void {
  if (request.grant_type !== tokenExchangeGrant) throw problem('signin.grant_unsupported')
  if (request.subject_token_type !== jwtTokenType && request.subject_token_type !== idTokenType) {
    throw problem('request.malformed', `\`subject_token_type\` must be \`${jwtTokenType}\``)
  }
  const { requested_token_type: wanted = accessTokenUrn } = request
  if (wanted !== accessTokenUrn && wanted !== jwtTokenType) {
    throw problem('request.malformed', `only \`${accessTokenUrn}\` is issued`)
  }
  if (request.actor_token !== undefined) {
    throw problem('request.malformed', 'nobody acts for another here: leave out `actor_token`')
  }
}

/**
 * The one application that a token is asked for.
 * @throws signin.target_refused
 */
export function targetOf(
  { audience, resource }: ExchangeRequest,
  estate: Pick<Estate, 'get' | 'applicationAt'>,
): Application {
  const named = audience === undefined ? undefined : estate.get('application', audience)
  const located = resource === undefined ? undefined : estate.applicationAt(hostOf(resource))
  const application = named ?? located
  const isClear =
    (audience === undefined || named?.id === application?.id) &&
    (resource === undefined || located?.id === application?.id)
  if (!application || !isClear || application.kind === 'tcp') {
    throw problem('signin.target_refused')
  }
  return application
}

// RFC 8707 §2: an absolute URI without fragment.
function hostOf(resource: string): string {
  const url = URL.canParse(resource) ? new URL(resource) : undefined
  return url && /^https?:$/.test(url.protocol) && url.hash === '' ? url.hostname : ''
}

export interface Issue {
  readonly workload: Workload
  readonly application: Application
  readonly brought: SubjectToken
  readonly binding: Confirmation
}

/**
 * What the new token says, besides who issues it.
 * @throws signin.token_refused where what was brought ends at this moment.
 */
export function accessTokenFor(
  { workload, application, brought, binding }: Issue,
  source: IdSource,
): AccessTokenClaims {
  const iat = Math.floor(source.now() / 1000)
  const exp = Math.min(iat + accessTokenMaxAgeSeconds, Math.floor(brought.endsAt))
  if (exp <= iat) throw refused('it has expired')
  const isBound = binding.jkt !== undefined || binding['x5t#S256'] !== undefined
  return {
    sub: workload.id,
    client_id: workload.id,
    aud: application.id,
    iat,
    exp,
    jti: newId('accessToken', source),
    ...(isBound ? { cnf: binding } : {}),
    federation: brought.federation,
  }
}
