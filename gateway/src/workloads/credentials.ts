// Programs with a token. What they present is believed for this request and this application, and
// counts for as long as it is valid and stands for a workload that is active.
import { type AccessTokenClaims, type Confirmation } from '@countersign/contract/access-token'
import type { PublicKey } from '@countersign/contract/api/networks'
import { proofAlgorithms } from '@countersign/contract/dpop'
import type { Subject } from '@countersign/contract/request'
import type { WorkloadCredential } from '@countersign/contract/workload-credential'
import { subjectOfAccessToken, subjectOfSpiffeId } from '@countersign/contract/workload-subject'
import { importJWK } from 'jose'
import type { Arrival, Identified, Informed, Routed, TUNNEL, Understood } from '#exchange'
import { consoleOrigin, requestUrl } from '#steps/public-address'
import { type ClientCertificate, isValidAt } from '#tls/peer'
import { readAccessToken } from './access-token.ts'
import { type Presented, presentedToUs, trustDomainOf } from './authorization.ts'
import { isProven, type IsFirstProof } from './proof.ts'
import { readSvid } from './svid.ts'
import type { TrustDomains } from './trust-domains.file.ts'

export interface CredentialsOptions {
  readonly trustDomains: TrustDomains
  readonly isFirstProof: IsFirstProof
}

type Known = Exclude<Arrival, { readonly entry: typeof TUNNEL }> & Understood & Informed & Routed
type SubjectAt = Identified['subjectLater']

export interface Credentials {
  /** Whom the token in `Authorization` makes the client; undefined where none is meant for us. */
  readonly identify: (known: Known) => Promise<Identified> | undefined
}

export function credentials({ trustDomains, isFirstProof }: CredentialsOptions): Credentials {
  const keyOf = importedOnce()

  const byAccessToken = async ({ scheme, token }: Presented, known: Known) => {
    const { application, enrolment, now, tls } = known
    const issuer = consoleOrigin(enrolment)
    const key = await keyOf(enrolment.feedKey)
    const claims = await readAccessToken(token, { key, issuer, application: application.id, now })
    if (!claims) return undefined
    const { jkt, 'x5t#S256': thumbprint } = claims.cnf ?? {}
    // RFC 9449 §7.2: a token that is bound to a key is no bearer token, and the other way round.
    if ((jkt !== undefined) !== (scheme === 'DPoP')) return undefined
    const certificate = tls?.certificate
    if (thumbprint !== undefined && certificate?.thumbprint !== thumbprint) return undefined
    if (jkt !== undefined) {
      const request = { method: known.request.method ?? '', url: requestUrl(known), token, now }
      if (!(await isProven(known.request, { thumbprint: jkt, request, isFirstProof })))
        return undefined
    }
    return subjectOf(claims, thumbprint === undefined ? undefined : certificate)
  }

  const bySvid = async ({ scheme, token, subject }: Presented, known: Known) => {
    const { application, now } = known
    if (scheme === 'DPoP') return undefined
    const svid = await readSvid(token, trustDomainOf(subject), {
      keysOf: trustDomains.keysOf,
      application,
      now,
    })
    if (!svid) return undefined
    const credential = { method: 'svid', isBound: false, observedAt: svid.issuedAt } as const
    return ((facts, nowMs) =>
      nowMs < svid.endsAt
        ? subjectOfSpiffeId(svid.spiffeId, credential, facts)
        : anonymous) satisfies SubjectAt
  }

  return {
    identify(known) {
      const presented = presentedToUs(known.request, {
        issuer: consoleOrigin(known.enrolment),
        isTrustDomain: trustDomains.has,
      })
      if (!presented) return undefined
      const reading =
        presented.kind === 'svid' ? bySvid(presented, known) : byAccessToken(presented, known)
      return reading.then((subjectAt) => identified(presented, subjectAt, known))
    },
  }
}

const anonymous: Subject = { kind: 'anonymous' }

function subjectOf(
  claims: AccessTokenClaims,
  certificate: ClientCertificate | undefined,
): SubjectAt {
  const credential: WorkloadCredential = {
    method: 'token',
    isBound: isBound(claims.cnf),
    observedAt: claims.iat * 1000,
  }
  return (facts, nowMs) =>
    nowMs < claims.exp * 1000 && (certificate === undefined || isValidAt(certificate, nowMs))
      ? subjectOfAccessToken(claims, credential, facts)
      : anonymous
}

function isBound(cnf: Confirmation | undefined): boolean {
  return cnf?.jkt !== undefined || cnf?.['x5t#S256'] !== undefined
}

function identified(
  { scheme }: Presented,
  believed: SubjectAt | undefined,
  { tls, estate, now }: Known,
): Identified {
  const certificate = tls?.certificate
  const subjectAt: SubjectAt = (facts, nowMs) => {
    const subject = believed?.(facts, nowMs) ?? anonymous
    return isContradicted(subject, certificate, facts) ? anonymous : subject
  }
  return {
    subject: subjectAt(estate, now),
    subjectLater: subjectAt,
    hasOurAuthorization: true,
    challenge: challenges[scheme],
  }
}

// A certificate that names one workload, and a token that names another, name neither.
function isContradicted(
  subject: Subject,
  certificate: ClientCertificate | undefined,
  facts: Informed['estate'],
): boolean {
  const named = facts.workloads.bySpiffeId(certificate?.spiffeId ?? '')
  return subject.kind === 'workload' && named !== undefined && named !== subject.id
}

// RFC 6750 §3.1 and RFC 9449 §7.1. Which of its checks a token failed is not told to whoever has it.
const description =
  'the token is not valid here and now: it may have expired, be for another application, or not be bound to you'
const challenges = {
  Bearer: `Bearer error="invalid_token", error_description="${description}"`,
  DPoP: `DPoP error="invalid_token", error_description="${description}", algs="${proofAlgorithms.join(' ')}"`,
} as const

function importedOnce() {
  let last: { readonly x: string; readonly key: ReturnType<typeof importKey> } | undefined
  return (feedKey: PublicKey): ReturnType<typeof importKey> => {
    if (last?.x !== feedKey.x) last = { x: feedKey.x, key: importKey(feedKey) }
    return last.key
  }
}

async function importKey(feedKey: PublicKey) {
  const key = await importJWK(feedKey, 'EdDSA')
  if (key instanceof Uint8Array) throw new TypeError('the feed key is symmetric')
  return key
}
