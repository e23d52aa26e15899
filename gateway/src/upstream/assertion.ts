// How an application learns who is there: a short-lived statement signed with this gateway's key,
// for that application alone. One is reused within its life for the same session, application and
// client, since it would say the same; one that is bound to a request is made for that request.
import type { Application } from '@countersign/contract/documents'
import { entityText } from '@countersign/contract/entities'
import type { Estate } from '@countersign/contract/estate'
import { ownApplication } from '@countersign/contract/actions'
import { assertionType } from '@countersign/contract/feed'
import { principalOf, type Subject } from '@countersign/contract/request'
import { assertionMaxAgeSeconds } from '@countersign/contract/session'
import type { SigningKey } from '@countersign/contract/signer'
import {
  type AssertionAlgorithm,
  assertionAlgorithms,
} from '@countersign/contract/upstream-identity'
import type { KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import { keyId } from './key-set.ts'
import { claimsOf, knownPerson } from './known-person.ts'

interface AssertionInput {
  readonly gateway: string
  readonly application: Application
  readonly subject: Subject
  readonly estate: Estate
  readonly address: string
  readonly decision: string
  readonly method: string
  /** The canonical path at the application. */
  readonly path: string
  /** Thumbprint of the client's certificate, where it showed one. */
  readonly certificate?: string | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

export interface Assertions {
  /** A compact JWS for one request. */
  readonly of: (input: AssertionInput) => string | Promise<string>
  /** The public keys with which applications verify. */
  readonly keys: readonly SigningKey[]
}

interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: SigningKey
}

export type AssertionKeys = Readonly<Record<AssertionAlgorithm, KeyPair>>

/** Reused for this long; whoever receives one then still has half its life. */
const reuseMs = (assertionMaxAgeSeconds / 2) * 1000

interface Kept {
  readonly jws: string
  readonly until: number
}

type Claims = Readonly<Record<string, string | readonly string[]>>

export function assertionsSignedBy(
  keys: AssertionKeys,
  { keptMaxCount }: { readonly keptMaxCount: number },
): Assertions {
  const keyIds = new Map(assertionAlgorithms.map((alg) => [alg, keyId(keys[alg].publicKey)]))
  const kept = new Map<string, Kept>()

  const sign = (input: AssertionInput, claims: Claims): Promise<string> => {
    const { gateway, application, subject, now } = input
    const seconds = Math.floor(now / 1000)
    const alg = algorithmOf(application)
    return new SignJWT({
      ...(subject.kind === 'person' ? { sid: subject.session.id } : {}),
      ...claims,
    })
      .setProtectedHeader({ alg, typ: assertionType, kid: keyIds.get(alg) ?? '' })
      .setIssuer(gateway)
      .setAudience(application.id)
      .setSubject(entityText(principalOf(subject)))
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + assertionMaxAgeSeconds)
      .sign(keys[alg].privateKey)
  }

  const keep = (name: string, assertion: Kept): void => {
    kept.delete(name)
    if (kept.size >= keptMaxCount) {
      const [oldest] = kept.keys()
      if (oldest !== undefined) kept.delete(oldest)
    }
    kept.set(name, assertion)
  }

  return {
    keys: assertionAlgorithms.map((alg) => keys[alg].publicKey),
    of(input) {
      const { application, subject, now } = input
      const claims = claimsFor(input)
      if (isForOneRequest(application)) return sign(input, claims)
      const session = subject.kind === 'person' ? subject.session.id : ''
      // What it says is part of its name, so one that says what was true a moment ago is not reused.
      const name = JSON.stringify([
        application.id,
        algorithmOf(application),
        session,
        entityText(principalOf(subject)),
        claims,
      ])
      const old = kept.get(name)
      if (old && old.until > now && old.until - now <= reuseMs) return old.jws
      return sign(input, claims).then((jws) => {
        keep(name, { jws, until: now + reuseMs })
        return jws
      })
    },
  }
}

// Our own application is told which decision let the request in, so each is its own.
function isForOneRequest({ id, upstreamIdentity }: Application): boolean {
  return id === ownApplication || upstreamIdentity?.boundToRequest === true
}

function claimsFor({
  application,
  subject,
  estate,
  address,
  decision,
  method,
  path,
  certificate,
}: AssertionInput): Claims {
  const { claims, groups, boundToRequest } = application.upstreamIdentity ?? {}
  return {
    cip: address,
    ...(claims === undefined ? {} : claimsOf(knownPerson(subject, estate, groups), claims)),
    ...(boundToRequest === true ? { htm: method, path } : {}),
    ...(isForOneRequest(application) ? { dec: decision } : {}),
    // Our own application binds the tokens that it issues to it (RFC 8705 §3).
    ...(application.id === ownApplication && certificate !== undefined ? { x5t: certificate } : {}),
  }
}

function algorithmOf({ upstreamIdentity }: Application): AssertionAlgorithm {
  return upstreamIdentity?.algorithm ?? 'EdDSA'
}
