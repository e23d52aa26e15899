// A real OpenID provider on loopback, for tests: `oidc-provider`, with accounts that sign in without
// typing, and a browser that walks there and back.
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Provider, type Configuration } from 'oidc-provider'

/** What the provider says of someone. */
export interface PeerAccount {
  readonly email?: string
  readonly email_verified?: boolean
  readonly name?: string
  readonly [claim: string]: unknown
}

export interface PeerOptions {
  readonly clients: NonNullable<Configuration['clients']>
}

export class Peer {
  readonly accounts = new Map<string, PeerAccount>()
  /** Who signs in next, and how. */
  visitor: { readonly account: string; readonly amr?: string[]; readonly acr?: string } = {
    account: 'ada',
  }
  /** Whether it shows a page with `Sign in` and `Cancel`, for browsers that people see. */
  showsPage = false
  /** The parameters of the last authorization request. */
  asked = new URLSearchParams()
  /** How often someone had to sign in. */
  logins = 0
  readonly issuer: string
  readonly provider: Provider
  readonly #server: Server

  private constructor(server: Server, port: number, { clients }: PeerOptions) {
    this.#server = server
    this.issuer = `http://127.0.0.1:${port}`
    this.provider = new Provider(this.issuer, {
      clients,
      pkce: { required: () => true },
      scopes: ['openid', 'email', 'profile', 'offline_access'],
      claims: {
        openid: ['sub', 'amr', 'acr'],
        email: ['email', 'email_verified'],
        profile: ['name'],
      },
      acrValues: ['urn:example:bronze', 'urn:example:gold'],
      conformIdTokenClaims: false,
      // It refuses to speak to this machine by itself, which is where we are.
      fetch: (url, options) => {
        const plain = { ...options }
        Reflect.deleteProperty(plain, 'dispatcher')
        return fetch(url, plain)
      },
      issueRefreshToken: async (_, client, code) =>
        client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
      features: {
        devInteractions: { enabled: false },
        backchannelLogout: { enabled: true },
        rpInitiatedLogout: {
          enabled: true,
          logoutSource: async (context, form) => {
            context.body = form
          },
        },
      },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      findAccount: async (_, id) =>
        this.accounts.has(id)
          ? { accountId: id, claims: async () => ({ sub: id, ...this.accounts.get(id) }) }
          : undefined,
      cookies: { keys: ['a key for tests only'] },
      renderError: async (context, out) => {
        context.body = out
      },
      ttl: {
        AccessToken: 600,
        Grant: 86_400,
        IdToken: 600,
        Interaction: 600,
        Session: 86_400,
        RefreshToken: 86_400,
      },
    })
    this.provider.on('server_error', (_, error) => assert.fail(error))
    const callback = this.provider.callback()
    server.on('request', (request, response) => {
      if (request.url?.startsWith('/interaction/') === true) void this.#interact(request, response)
      else void callback(request, response)
    })
  }

  static async start(options: PeerOptions): Promise<Peer> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    assert.ok(typeof address === 'object' && address)
    return new Peer(server, address.port, options)
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  // Whoever is asked signs in and consents at once.
  async #interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt, params, session, grantId } = await this.provider.interactionDetails(
      request,
      response,
    )
    const { account, amr, acr } = this.visitor
    if (prompt.name === 'login') {
      if (this.showsPage && request.method === 'GET') {
        response.setHeader('content-type', 'text/html; charset=utf-8').end(loginPage)
        return
      }
      if (this.showsPage && (await textOf(request)).includes('cancel')) {
        // OpenID Connect Core 1.0 §3.1.2.6, and RFC 6749 §4.1.2.1.
        const declined = { error: 'access_denied', error_description: 'somebody cancelled' }
        await this.provider.interactionFinished(request, response, declined)
        return
      }
      this.logins++
      const login = {
        accountId: account,
        ...(amr === undefined ? {} : { amr }),
        ...(acr === undefined ? {} : { acr }),
      }
      await this.provider.interactionFinished(request, response, { login })
      return
    }
    const known = grantId === undefined ? undefined : await this.provider.Grant.find(grantId)
    const grant =
      known ??
      new this.provider.Grant({
        accountId: session?.accountId ?? account,
        clientId: String(params['client_id']),
      })
    grant.addOIDCScope(String(params['scope']))
    await this.provider.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant.save() } },
      { mergeWithLastSubmission: true },
    )
  }
}

const loginPage = `<!doctype html><title>Example</title><h1>Sign in at Example</h1>
<form method="post"><button name="choice" value="sign-in">Sign in</button>
<button name="choice" value="cancel">Cancel</button></form>`

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}

/** What a browser does at the provider: follow, keep cookies, and submit the form of a logout. */
export class PeerVisitor {
  readonly #cookies = new Map<string, string>()

  /** Goes to a provider; gives the address outside of it where it is sent in the end. */
  async walk(from: string): Promise<URL> {
    const { origin } = new URL(from)
    let next = new URL(from)
    for (let steps = 0; steps < 20; steps++) {
      if (next.origin !== origin) return next
      const response = await this.#ask(next)
      const location = response.headers.get('location')
      if (location !== null) {
        next = new URL(location, next)
        await response.body?.cancel()
        continue
      }
      const text = await response.text()
      const form = /<form[^>]* action="([^"]+)"/.exec(text)?.[1]
      if (form === undefined) assert.fail(`the provider answered ${response.status}: ${text}`)
      const fields = new URLSearchParams({ logout: 'yes' })
      const hidden = /name="xsrf" value="([^"]+)"/.exec(text)?.[1]
      if (hidden !== undefined) fields.set('xsrf', hidden)
      const answer = await this.#ask(new URL(form, next), fields)
      const after = answer.headers.get('location')
      await answer.body?.cancel()
      assert.ok(after !== null, `the provider answered ${answer.status} to a form`)
      next = new URL(after, next)
    }
    return assert.fail('the provider sends the browser in circles')
  }

  async #ask(url: URL, form?: URLSearchParams): Promise<Response> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form ? { method: 'POST', body: form } : {}),
    })
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = (line.split(';')[0] ?? '').split('=')
      if (name === undefined) continue
      if (value === undefined || value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }
}
