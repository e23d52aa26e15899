// An application elsewhere with pages of its own, on real HTTP: its front page is for whoever is signed
// on, and it asks us who that is with `openid-client`.
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { OpenIdSignOn } from '@countersign/contract/sign-on'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import * as openid from 'openid-client'

interface Answer {
  readonly status?: number
  readonly title?: string
  readonly text?: string
  readonly location?: string
}

interface Asked {
  readonly verifier: string
  readonly nonce: string
  readonly state: string
}

interface SignedOn {
  readonly subject: string
  readonly sid: unknown
  readonly idToken: string
}

const cookieName = 'visitor'

export class ApplicationFake {
  readonly origin: string
  readonly #server: Server
  readonly #asked = new Map<string, Asked>()
  readonly #signedOn = new Map<string, SignedOn>()
  #config: openid.Configuration | undefined
  /** Sessions that it was told have ended. */
  readonly ended: unknown[] = []

  private constructor(server: Server, host: string) {
    this.#server = server
    this.origin = `http://${host}:${(server.address() as AddressInfo).port}`
  }

  /** `host` is `localhost` or a name below it. */
  static async open(host: string): Promise<ApplicationFake> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const fake = new ApplicationFake(server, host)
    server.on('request', (incoming, response) => {
      const known = visitorOf(incoming)
      const visitor = known ?? randomBytes(16).toString('hex')
      const cookie = `${cookieName}=${visitor}; Path=/; HttpOnly; SameSite=Lax`
      fake.#answer(incoming, visitor).then(
        ({ status, title = '', text = '', location }) =>
          response
            .writeHead(status ?? (location === undefined ? 200 : 302), {
              'content-type': 'text/html; charset=utf-8',
              ...(known === undefined ? { 'set-cookie': cookie } : {}),
              ...(location === undefined ? {} : { location }),
            })
            .end(`<!doctype html><title>${title}</title><h1>${title}</h1>${text}`),
        (error: unknown) => response.writeHead(500).end(String(error)),
      )
    })
    return fake
  }

  /** How it registers with us. */
  signOn(): OpenIdSignOn {
    return {
      kind: 'oidc',
      redirectUris: [`${this.origin}/callback`],
      postLogoutRedirectUris: [`${this.origin}/bye`],
      backchannelLogoutUri: `${this.origin.replace(/\/\/[^:]+/, '//127.0.0.1')}/ended`,
      proof: 'client_secret_basic',
      scopes: ['profile'],
    }
  }

  /** Learns who we are, as its operator configures it. */
  async meet(issuer: string, id: string, secret: string): Promise<void> {
    const proof = openid.ClientSecretBasic(secret)
    this.#config = await openid.discovery(new URL(issuer), id, {}, proof, {
      execute: [openid.allowInsecureRequests],
      [openid.customFetch]: (url, options) => reach(url, options as RequestInit),
    })
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(incoming: IncomingMessage, visitor: string): Promise<Answer> {
    const url = new URL(incoming.url ?? '/', this.origin)
    switch (url.pathname) {
      case '/':
        return this.#front(visitor)
      case '/callback':
        return this.#welcome(url, visitor)
      case '/sign-out':
        return this.#signOut(visitor)
      case '/bye':
        return { title: 'Goodbye' }
      case '/ended':
        return this.#hear(await textOf(incoming))
      default:
        return { status: 404, title: 'Not here' }
    }
  }

  async #front(visitor: string): Promise<Answer> {
    const known = this.#signedOn.get(visitor)
    if (known) {
      return { title: `Hello ${known.subject}`, text: '<a href="/sign-out">Sign out</a>' }
    }
    const verifier = openid.randomPKCECodeVerifier()
    const asked = { verifier, nonce: openid.randomNonce(), state: openid.randomState() }
    this.#asked.set(visitor, asked)
    const location = openid.buildAuthorizationUrl(this.#known, {
      redirect_uri: `${this.origin}/callback`,
      scope: 'openid profile',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      nonce: asked.nonce,
      state: asked.state,
    })
    return { location: location.href }
  }

  async #welcome(url: URL, visitor: string): Promise<Answer> {
    const { verifier, nonce, state } = this.#asked.get(visitor) ?? {}
    this.#asked.delete(visitor)
    try {
      if (verifier === undefined || nonce === undefined || state === undefined) {
        throw new Error('nobody here has asked')
      }
      const tokens = await openid.authorizationCodeGrant(this.#known, url, {
        pkceCodeVerifier: verifier,
        expectedNonce: nonce,
        expectedState: state,
      })
      const claims = tokens.claims()
      const subject = claims?.sub ?? ''
      const sid = claims?.['sid']
      this.#signedOn.set(visitor, { subject, sid, idToken: tokens.id_token ?? '' })
      return { location: '/' }
    } catch (error) {
      const { error: code = '', error_description: text = '' } = Object(error) as {
        readonly error?: string
        readonly error_description?: string
      }
      return {
        status: 403,
        title: 'You are not signed on',
        text: `<p>${code}</p><p>${text || String(error)}</p><a href="/">Try again</a>`,
      }
    }
  }

  #signOut(visitor: string): Answer {
    const known = this.#signedOn.get(visitor)
    this.#signedOn.delete(visitor)
    const location = openid.buildEndSessionUrl(this.#known, {
      id_token_hint: known?.idToken ?? '',
      post_logout_redirect_uri: `${this.origin}/bye`,
    })
    return { location: location.href }
  }

  /** OpenID Connect Back-Channel Logout 1.0 §2.6. */
  async #hear(form: string): Promise<Answer> {
    const { issuer, jwks_uri: keys = '' } = this.#known.serverMetadata()
    const { payload } = await jwtVerify(
      new URLSearchParams(form).get('logout_token') ?? '',
      createRemoteJWKSet(new URL(keys), { [customFetch]: reach }),
      { issuer, audience: this.#known.clientMetadata().client_id, typ: 'logout+jwt' },
    )
    this.ended.push(payload['sid'])
    for (const [visitor, { sid }] of this.#signedOn) {
      if (sid === payload['sid']) this.#signedOn.delete(visitor)
    }
    return { title: 'Heard' }
  }

  get #known(): openid.Configuration {
    if (!this.#config) throw new Error('it has not met us yet')
    return this.#config
  }
}

function visitorOf({ headers }: IncomingMessage): string | undefined {
  return new RegExp(`(?:^|; )${cookieName}=([0-9a-f]{32})`).exec(headers.cookie ?? '')?.[1]
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of incoming) text += String(part)
  return text
}

/**
 * As `fetch`, to this machine. Browsers know that names below `localhost` are this machine (RFC 6761
 * §6.3), and not every resolver does.
 */
async function reach(input: string, init: RequestInit): Promise<Response> {
  const asked = new Request(input, init)
  const { hostname, host, port, pathname, search } = new URL(input)
  if (!/(?:^|\.)localhost$/.test(hostname)) throw new Error(`\`${host}\` is not this machine`)
  const body = Buffer.from(await asked.arrayBuffer())
  const headers = { ...Object.fromEntries(asked.headers), host, 'content-length': body.length }
  const { method } = asked
  const at = { host: '127.0.0.1', port, path: pathname + search, method, headers, agent: false }
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    request(at, resolve).on('error', reject).end(body)
  })
  const answered = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const one of [value ?? []].flat()) answered.append(name, one)
  }
  const text = await textOf(incoming)
  return new Response(text, { status: incoming.statusCode ?? 500, headers: answered })
}
