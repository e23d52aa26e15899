// The access is allowed and on record: the proxy that asked may let it pass, with our word about
// who sends it.
import {
  allowVerdict,
  authorizationHeader,
  cookieHeader,
  verdictHeader,
} from '@countersign/contract/external'
import { assertionHeader, decisionHeader } from '@countersign/contract/session'
import type { Decided, EXTERNAL } from '#exchange'
import { removeHeader, saidHeader } from '#external/allowed'
import type { Gateway } from '#gateway'
import { type Answered, answered } from '#grid'
import { identityHeaders } from '#upstream/identity-headers'
import { knownPerson } from '#upstream/known-person'
import { withoutOurCookies } from '#wire/cookies'
import { isClaim } from '#wire/headers'
import { isWithheld } from '#workloads/authorization'

/** Answers with an allow. */
export async function letPass(
  known: Decided<typeof EXTERNAL>,
  { assertions }: Pick<Gateway, 'assertions'>,
): Promise<Answered> {
  const { application, enrolment, estate, subject, address, decision, now, request, removes } =
    known
  const assertion = await assertions.of({
    gateway: enrolment.gateway,
    application,
    subject,
    estate,
    address,
    decision,
    method: request.method ?? '',
    path: known.target.path,
    now,
  })
  const cookies = withoutOurCookies(request.headers.cookie ?? '')
  known.answer({
    status: 200,
    headers: {
      [verdictHeader]: allowVerdict,
      [decisionHeader]: decision,
      [assertionHeader]: assertion,
      ...(cookies === undefined ? {} : { [cookieHeader]: cookies }),
      ...authorizationFor(known),
      ...identityFor(known),
      ...(removes ? { [removeHeader]: namesToRemove(known, cookies).join(',') } : {}),
    },
    body: '',
  })
  return answered
}

// What a client says to the application passes; what it says to us ends here.
function authorizationFor(known: Decided<typeof EXTERNAL>): Readonly<Record<string, string>> {
  const { authorization } = known.request.headers
  return authorization === undefined || isWithheld('authorization', known)
    ? {}
    : { [authorizationHeader]: authorization }
}

// For an application that verifies no signature, under the names for which it asked.
function identityFor({
  application: { upstreamIdentity },
  subject,
  estate,
}: Decided<typeof EXTERNAL>): Readonly<Record<string, string>> {
  const { headers, groups } = upstreamIdentity ?? {}
  const pairs = headers ? identityHeaders(knownPerson(subject, estate, groups), headers) : []
  const said: Record<string, string> = {}
  for (let index = 0; index < pairs.length; index += 2) {
    said[pairs[index] ?? ''] = pairs[index + 1] ?? ''
  }
  return pairs.length === 0 ? {} : { ...said, [saidHeader]: Object.keys(said).join(',') }
}

// A header that we set must not be named too: which of the two wins is for the proxy to say.
function namesToRemove(
  known: Decided<typeof EXTERNAL>,
  cookies: string | undefined,
): readonly string[] {
  const { request, estate } = known
  const { headers } = request
  return [
    ...Object.keys(headers).filter(
      (name) =>
        (isClaim(name) || estate.isIdentityHeader(name) || isWithheld(name, known)) &&
        name !== assertionHeader,
    ),
    'proxy-authorization',
    ...(cookies === undefined && headers.cookie !== undefined ? ['cookie'] : []),
  ]
}
