// How an application learns who is there: a short-lived statement signed with this gateway's key,
// for that application alone. One is reused within its life for the same session, application and
// client, since it would say the same.
import type { Application } from '@countersign/contract/documents'
import { entityText } from '@countersign/contract/entities'
import { ownApplication } from '@countersign/contract/actions'
import { assertionType } from '@countersign/contract/feed'
import { principalOf, type Subject } from '@countersign/contract/request'
import { assertionMaxAgeSeconds } from '@countersign/contract/session'
import { calculateJwkThumbprint, SignJWT } from 'jose'
import type { GatewayKey } from '#enrolment/key.file'

interface AssertionInput {
  readonly gateway: string
  readonly application: Application
  readonly subject: Subject
  readonly address: string
  readonly decision: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

export interface Assertions {
  /** A compact JWS for one request. */
  readonly of: (input: AssertionInput) => Promise<string>
  /** The public key set with which applications verify (RFC 7517 §5). */
  readonly jwks: { readonly keys: readonly Readonly<Record<string, string>>[] }
}

/** Reused for this long; whoever receives one then still has half its life. */
const reuseMs = (assertionMaxAgeSeconds / 2) * 1000

interface Kept {
  readonly jws: string
  readonly until: number
}

export async function assertionsSignedBy(
  key: GatewayKey,
  { keptMaxCount }: { readonly keptMaxCount: number },
): Promise<Assertions> {
  const keyId = await calculateJwkThumbprint(key.publicKey)
  const kept = new Map<string, Kept>()

  const sign = (input: AssertionInput, extra: Readonly<Record<string, string>>) => {
    const { gateway, application, subject, now } = input
    const seconds = Math.floor(now / 1000)
    return new SignJWT({
      ...(subject.kind === 'person' ? { sid: subject.session.id } : {}),
      ...extra,
    })
      .setProtectedHeader({ alg: 'EdDSA', typ: assertionType, kid: keyId })
      .setIssuer(gateway)
      .setAudience(application.id)
      .setSubject(entityText(principalOf(subject)))
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + assertionMaxAgeSeconds)
      .sign(key.privateKey)
  }

  return {
    jwks: { keys: [{ ...key.publicKey, kid: keyId, use: 'sig', alg: 'EdDSA' }] },
    async of(input) {
      const { application, subject, address, decision, now } = input
      // Our own application is told which decision let the request in, so each is its own.
      if (application.id === ownApplication) return sign(input, { cip: address, dec: decision })
      const session = subject.kind === 'person' ? subject.session.id : ''
      const name = `${application.id}\n${session}\n${entityText(principalOf(subject))}\n${address}`
      const old = kept.get(name)
      if (old && old.until > now && old.until - now <= reuseMs) return old.jws
      const jws = await sign(input, { cip: address })
      kept.delete(name)
      if (kept.size >= keptMaxCount) {
        const [oldest] = kept.keys()
        if (oldest !== undefined) kept.delete(oldest)
      }
      kept.set(name, { jws, until: now + reuseMs })
      return jws
    },
  }
}
