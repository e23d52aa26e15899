// An OpenID provider that does whatever a test wants of it: it tells lies in its tokens, its documents
// and its redirects. Everything that a sign-in there takes is over real HTTP.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { pipeline } from 'node:stream/promises'
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type CryptoKey,
  type JWK,
  SignJWT,
  UnsecuredJWT,
} from 'jose'

type Claims = Readonly<Record<string, unknown>>

export interface Keys {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
}

export async function newKeys(alg: string, kid: string): Promise<Keys> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid } }
}

export class EvilProvider {
  issuer = ''
  keys: Keys
  published: readonly JWK[]
  /** What its description says besides or instead of the truth; a member that is undefined is left out. */
  description: Claims = {}
  /** What its ID tokens say besides or instead of the truth. */
  lies: Claims = {}
  /** Makes the ID token, where a test wants it otherwise. */
  tokenOf: (claims: Claims) => Promise<string>
  /** Answers instead, where it gives something; by path. */
  readonly instead = new Map<string, () => Response | Promise<Response>>()
  /** What was sent to its token endpoint. */
  redeemed: URLSearchParams[] = []
  /** What it was asked, by path. */
  asked: string[] = []
  userinfo: Claims = { sub: 'ada' }
  #nonce: string | null = null
  #clientId = ''
  readonly #server: Server

  private constructor(server: Server, keys: Keys) {
    this.#server = server
    this.keys = keys
    this.published = [keys.jwk]
    this.tokenOf = (claims) => this.sign(claims)
  }

  static async start(): Promise<EvilProvider> {
    const server = createServer((request, response) => {
      void (async () => {
        let body = ''
        for await (const part of request) body += String(part)
        const answer = await evil.#answer(new URL(request.url ?? '/', evil.issuer), body)
        response.writeHead(answer.status, Object.fromEntries(answer.headers))
        if (answer.body) await pipeline(answer.body, response)
        else response.end()
      })().catch(() => response.destroy())
    })
    const evil = new EvilProvider(server, await newKeys('RS256', 'one'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    assert.ok(typeof address === 'object' && address)
    evil.issuer = `http://127.0.0.1:${address.port}`
    return evil
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** Where someone who signs in there is sent back to. */
  authorize(there: URL, changes: Claims = {}): URL {
    this.#nonce = there.searchParams.get('nonce')
    this.#clientId = there.searchParams.get('client_id') ?? ''
    const back = new URL(there.searchParams.get('redirect_uri') ?? '')
    const answer: Claims = {
      code: 'a-code',
      state: there.searchParams.get('state'),
      iss: this.issuer,
      ...changes,
    }
    for (const [name, value] of Object.entries(answer)) {
      if (typeof value === 'string') back.searchParams.set(name, value)
    }
    return back
  }

  sign(claims: Claims, header: Claims = {}, keys: Keys = this.keys): Promise<string> {
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: keys.alg, kid: keys.kid, ...header })
      .sign(keys.privateKey)
  }

  /** A token that nobody signed. */
  unsigned(claims: Claims): string {
    return new UnsecuredJWT({ ...claims }).encode()
  }

  /** A token signed with the public key as if it were a shared secret. */
  async signedWithPublicKey(claims: Claims): Promise<string> {
    const secret = await exportSPKI(this.keys.publicKey)
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const text = `${part({ alg: 'HS256', kid: this.keys.kid })}.${part(claims)}`
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
  }

  async #answer({ pathname }: URL, body: string): Promise<Response> {
    this.asked.push(pathname)
    const instead = this.instead.get(pathname)
    if (instead) return instead()
    switch (pathname) {
      case '/.well-known/openid-configuration':
        return json({
          issuer: this.issuer,
          authorization_endpoint: `${this.issuer}/authorize`,
          token_endpoint: `${this.issuer}/token`,
          jwks_uri: `${this.issuer}/keys`,
          userinfo_endpoint: `${this.issuer}/userinfo`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256', 'ES256'],
          authorization_response_iss_parameter_supported: true,
          ...this.description,
        })
      case '/keys':
        return json({ keys: this.published })
      case '/token': {
        this.redeemed.push(new URLSearchParams(body))
        const now = Math.floor(Date.now() / 1000)
        const claims = {
          iss: this.issuer,
          aud: this.#clientId,
          sub: 'ada',
          iat: now,
          exp: now + 300,
          auth_time: now,
          nonce: this.#nonce,
          email: 'ada@example.org',
          email_verified: true,
          name: 'Ada',
          ...this.lies,
        }
        const given = Object.fromEntries(
          Object.entries(claims).filter(([, value]) => value !== undefined),
        )
        return json({
          access_token: 'an-access-token',
          token_type: 'Bearer',
          expires_in: 60,
          id_token: await this.tokenOf(given),
        })
      }
      case '/userinfo':
        return json(this.userinfo)
      default:
        return new Response(null, { status: 404 })
    }
  }
}

function json(value: unknown): Response {
  return new Response(JSON.stringify(value), { headers: { 'content-type': 'application/json' } })
}
