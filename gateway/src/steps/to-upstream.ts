// Where an allowed request goes and what it carries, for HTTP and WebSocket alike.
import { problem } from '@countersign/contract/problems'
import type { Decided } from '#exchange'
import type { Gateway } from '#gateway'
import { identityHeaders } from '#upstream/identity-headers'
import { knownPerson } from '#upstream/known-person'
import { targetAt } from '#upstream/path'
import { requestHeaders } from '#upstream/request-headers'
import type { Upstream } from '#upstream/upstreams.client'
import { authorityText } from '#wire/authority'
import { isWithheld } from '#workloads/authorization'
import { schemeOf } from './public-address.ts'

export interface ToUpstream {
  readonly upstream: Upstream
  /** The request target at the application. */
  readonly path: string
  /** Names and values in turn. */
  readonly headers: string[]
}

/** Says where to and with what. Throws, or rejects with, the problem of an application that cannot be reached. */
export function toUpstream(
  known: Decided,
  {
    assertions,
    upstreamCredentials,
    upstreamHealth,
    upstreams,
  }: Pick<Gateway, 'assertions' | 'upstreamCredentials' | 'upstreamHealth' | 'upstreams'>,
): ToUpstream | Promise<ToUpstream> {
  const { application, enrolment, estate, subject, address, decision, now, request } = known
  const target = targetAt(application.upstreamPath, known.target)
  if (!target) {
    throw problem('request.not_found', `\`${application.name}\` serves nothing at this path`)
  }
  const host = authorityText(known.authority)
  const signsIn = application.upstreamCredential !== undefined
  const credential = upstreamCredentials.headerFor(application, subject)
  if (signsIn && !credential) throw problem('upstream.no_credential')
  const upstream = upstreams.to(application)
  if (upstreamHealth.isFailing(application.id)) {
    throw problem(
      'upstream.failing',
      `\`${application.name}\` does not answer as it should when asked whether it works`,
    )
  }
  if (!upstream.circuit.admits(now)) {
    throw problem('upstream.failing', `\`${application.name}\` could not be reached of late`)
  }
  const assertion = assertions.of({
    gateway: enrolment.gateway,
    application,
    subject,
    estate,
    address,
    decision,
    method: request.method ?? '',
    path: target.path,
    certificate: known.tls?.certificate?.thumbprint,
    now,
  })
  const { strip } = application.upstreamPath ?? {}
  const { headers, groups } = application.upstreamIdentity ?? {}
  const asserting = (signed: string): ToUpstream => ({
    upstream,
    path: target.raw,
    headers: requestHeaders(request, {
      host,
      address,
      scheme: schemeOf(known),
      assertion: signed,
      also: [
        ...(strip === undefined ? [] : ['x-forwarded-prefix', strip]),
        ...(credential ?? []),
        ...(headers ? identityHeaders(knownPerson(subject, estate, groups), headers) : []),
      ],
      // Where we sign in, nobody signs in beside us.
      isIdentity: (name) =>
        (signsIn && name === 'authorization') ||
        estate.isIdentityHeader(name) ||
        isWithheld(name, known),
    }),
  })
  // One that is reused is at hand; only one to be signed is waited for.
  return typeof assertion === 'string' ? asserting(assertion) : assertion.then(asserting)
}
