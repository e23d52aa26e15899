// Who asks. A credential that is malformed, doubled, expired or meant for another host counts as
// none at all; what anonymous visitors may do is for policies to say.
import { sessionCookie, tokenHash } from '@countersign/contract/session'
import { subjectOfSpiffeId } from '@countersign/contract/workload-subject'
import {
  type Arrival,
  type Identified,
  type Informed,
  type Routed,
  TUNNEL,
  type Understood,
} from '#exchange'
import type { Gateway } from '#gateway'
import { type ClientCertificate, isValidAt } from '#tls/peer'
import { presentedToken } from '#tunnel/bearer'
import { readCookie } from '#wire/cookies'
import { consoleHost } from './public-address.ts'

type Known = Arrival & Understood & Informed & Routed

/** Adds the subject. */
export function identifyClient(
  known: Known,
  { credentials }: Pick<Gateway, 'credentials'>,
): Identified | Promise<Identified> {
  if (known.entry === TUNNEL) return byBearer(known)
  const byToken = credentials.identify(known)
  if (byToken) return byToken
  const certificate = known.tls?.certificate
  // A client that shows a certificate is a program; a session beside it is not its own.
  return certificate === undefined ? byCookie(known) : byCertificate(certificate, known)
}

// A certificate counts for as long as it is valid, also where its connection outlives it.
function byCertificate(
  certificate: ClientCertificate,
  { estate, now }: Arrival & Informed,
): Identified {
  const credential = { method: 'mtls', isBound: true, observedAt: now } as const
  const subjectAt: Identified['subjectLater'] = (facts, nowMs) =>
    certificate.spiffeId !== undefined && isValidAt(certificate, nowMs)
      ? subjectOfSpiffeId(certificate.spiffeId, credential, facts)
      : anonymous
  return { subject: subjectAt(estate, now), subjectLater: subjectAt }
}

function byCookie({ request, authority, estate, now }: Arrival & Understood & Informed) {
  const token = readCookie(request.headers.cookie, sessionCookie)
  if (token === undefined) return nobody
  const presented = tokenHash(token)
  return {
    subject: estate.subjectOf(presented, authority.name, now),
    subjectLater: (later, nowMs) => later.subjectOf(presented, authority.name, nowMs),
  } satisfies Identified
}

// A program signs in at the console once, for the tunnels to every application.
function byBearer({ request, enrolment, estate, now }: Arrival & Informed) {
  const presented = presentedToken(request)
  if (presented === undefined) return nobody
  const host = consoleHost(enrolment)
  return {
    subject: estate.subjectOf(presented, host, now, 'tunnel'),
    subjectLater: (later, nowMs) => later.subjectOf(presented, host, nowMs, 'tunnel'),
  } satisfies Identified
}

const anonymous = { kind: 'anonymous' } as const
const nobody: Identified = { subject: anonymous, subjectLater: () => anonymous }
