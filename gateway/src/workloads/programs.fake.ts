// Programs for tests: workloads, the tokens we would issue to them, and keys with which they prove
// that a token is theirs.
import { randomBytes } from 'node:crypto'
import { accessTokenType } from '@countersign/contract/access-token'
import { proofType, tokenDigest } from '@countersign/contract/dpop'
import type { AnyDocument, Workload } from '@countersign/contract/documents'
import type { PolicySyntax } from '@countersign/policy/syntax'
import {
  calculateJwkThumbprint,
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  SignJWT,
} from 'jose'
import type { World } from '#world.fake'

export const federation = {
  issuer: 'https://ci.example.org',
  subject: 'repo:reports:main',
  audience: 'https://countersign.example.org',
}

export type Claims = Readonly<Record<string, unknown>>

export function workload(id: string, more: Partial<Workload> = {}): AnyDocument {
  return {
    kind: 'workload',
    document: { id, name: id, class: 'service', active: true, groups: [], ...more },
  }
}

/** What a token of ours says, as of this moment. */
export function claimsOf(world: World, changes: Claims = {}): Claims {
  const seconds = Math.floor(Date.now() / 1000)
  return {
    iss: world.plane.consoleUrl,
    sub: 'reports',
    client_id: 'reports',
    aud: 'api',
    iat: seconds,
    exp: seconds + 600,
    jti: `tok_${randomBytes(8).toString('hex')}`,
    federation,
    ...changes,
  }
}

/** A token of ours. */
export function tokenOf(world: World, changes: Claims = {}): Promise<string> {
  return world.plane.sign(accessTokenType, claimsOf(world, changes))
}

/** A key that a program keeps, and its proofs. */
export class ProvingKey {
  readonly jwk: JWK
  readonly privateJwk: JWK
  readonly thumbprint: string
  readonly #privateKey: CryptoKey

  static async make(): Promise<ProvingKey> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(publicKey)
    const thumbprint = await calculateJwkThumbprint(jwk)
    return new ProvingKey({ jwk, privateJwk: await exportJWK(privateKey), thumbprint }, privateKey)
  }

  private constructor(
    { jwk, privateJwk, thumbprint }: Pick<ProvingKey, 'jwk' | 'privateJwk' | 'thumbprint'>,
    privateKey: CryptoKey,
  ) {
    this.jwk = jwk
    this.privateJwk = privateJwk
    this.thumbprint = thumbprint
    this.#privateKey = privateKey
  }

  /** A proof for a GET of this URL with this token. */
  proof(url: string, token: string, changes: Claims = {}, header: Claims = {}): Promise<string> {
    return new SignJWT({
      jti: randomBytes(8).toString('hex'),
      htm: 'GET',
      htu: url,
      iat: Math.floor(Date.now() / 1000),
      ath: tokenDigest(token),
      ...changes,
    })
      .setProtectedHeader({ alg: 'ES256', typ: proofType, jwk: this.jwk, ...header })
      .sign(this.#privateKey)
  }
}

/** Workloads may call the API; one that can be stolen from may not call the vault's. */
export const machinePolicies: readonly PolicySyntax[] = [
  permit('api-workloads', 'api', []),
  permit('bound-workloads', 'bound', [
    {
      kind: 'when',
      body: {
        '&&': {
          left: { has: { left: { Var: 'context' }, attr: 'authentication' } },
          right: {
            '.': {
              left: { '.': { left: { Var: 'context' }, attr: 'authentication' } },
              attr: 'phishingResistant',
            },
          },
        },
      },
    },
  ]),
]

function permit(
  id: string,
  application: string,
  conditions: PolicySyntax['est']['conditions'],
): PolicySyntax {
  const text = `permit(principal is Workload, action, resource == Application::"${application}");`
  return {
    id,
    text,
    annotations: { id },
    est: {
      effect: 'permit',
      principal: { op: 'is', entity_type: 'Workload' },
      action: { op: 'All' },
      resource: { op: '==', entity: { type: 'Application', id: application } },
      conditions,
    },
    span: { line: 1, column: 1, offset: 0, length: text.length },
    stage: { kind: 'enforce' },
  }
}
