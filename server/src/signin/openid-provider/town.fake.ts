// A whole server with a gateway before it, reached over real HTTP on this machine, and people with
// browsers. The gateway vouches for whoever's session cookie a browser sends, as a real one does.
import {
  createServer,
  type IncomingMessage,
  request as send,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { randomBytes } from 'node:crypto'
import { policiesApi } from '@countersign/contract/api/inventory'
import { signOnApi } from '@countersign/contract/api/sign-on'
import type { Application, Authentication, Session } from '@countersign/contract/documents'
import { assertionHeader, sessionCookie, tokenHash } from '@countersign/contract/session'
import type { OpenIdSignOn, SignOn } from '@countersign/contract/sign-on'
import { type GatewayFake, ServerFake, type ServerFakeOptions } from '#server.fake'
import { enter } from '#signin/entry'
import { passkeyAuthentication } from '#signin/session'
import { openSession } from '#signin/session.store'

const policies = `
@id("staff")
permit (principal is Person, action == Action::"access", resource == Application::"wiki")
when { principal.active && context has authentication };

@id("vault")
permit (principal is Person, action == Action::"access", resource == Application::"vault")
when { context has authentication && context.authentication.phishingResistant };

@id("office")
permit (principal is Person, action == Action::"access", resource == Application::"office")
when { context.network.address.isInRange(ip("192.0.2.0/24")) };
`

export interface TownOptions extends ServerFakeOptions {
  /** Whether a second server on the same store answers every other request. */
  readonly isTwo?: true
}

export class Town {
  readonly server: ServerFake
  readonly gateway: GatewayFake
  readonly origin: string
  readonly #front: Server
  readonly #other: ServerFake | undefined
  #sequence = 0

  private constructor(
    server: ServerFake,
    gateway: GatewayFake,
    front: Server,
    origin: string,
    other: ServerFake | undefined,
  ) {
    this.server = server
    this.gateway = gateway
    this.#front = front
    this.#other = other
    this.origin = origin
  }

  /** Starts it with a few applications, and Ada, who may use them. */
  static async open({ isTwo, ...options }: TownOptions = {}): Promise<Town> {
    const front = createServer()
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
    const { port } = front.address() as AddressInfo
    const origin = `http://localhost:${port}`
    const server = await ServerFake.start({
      ...options,
      environment: { ...options.environment, COUNTERSIGN_PUBLIC_URL: origin },
    })
    // The library reads the machine's clock, so everything here does.
    Object.defineProperty(server, 'now', { get: () => Date.now(), set: () => {} })
    const gateway = await server.enrol()
    const other = isTwo
      ? await ServerFake.start({
          ...options,
          environment: { COUNTERSIGN_PUBLIC_URL: origin },
          masterKeyOf: server,
        })
      : undefined
    if (other) Object.defineProperty(other, 'now', { get: () => Date.now(), set: () => {} })
    let turn = 0
    const town = new Town(server, gateway, front, origin, other)
    front.on('request', (incoming, response) => {
      // With two servers, what one begins the other goes on with.
      void town.#pass(incoming, response, other && turn++ % 2 === 0 ? other : server)
    })
    await server.client.call(policiesApi.make, {
      body: { files: [{ name: 'town.cedar', text: policies }] },
    })
    await server.import(
      { kind: 'group', document: { id: 'staff', name: 'Staff', groups: [] } },
      { kind: 'group', document: { id: 'nurses', name: 'Nurses', groups: ['staff'] } },
      {
        kind: 'person',
        document: {
          id: 'ada',
          name: 'Ada Byron',
          email: 'ada@example.org',
          class: 'employee',
          active: true,
          groups: ['nurses'],
        },
      },
    )
    return town
  }

  get issuer(): URL {
    return new URL(`${this.origin}/oidc`)
  }

  /** Adds an application, registered as a client. */
  async application(id: string, signOn?: SignOn): Promise<void> {
    const document: Application = { id, name: id, tier: 2, hosts: [], kind: 'web', groups: [] }
    await this.server.import({ kind: 'application', document })
    if (signOn) {
      await this.server.client.call(signOnApi.setSignOn, {
        params: { application: id },
        body: signOn,
      })
    }
  }

  async secretOf(application: string): Promise<string> {
    const answer = await this.server.client.call(signOnApi.issueSecret, {
      params: { application },
      body: {},
    })
    return answer.secret
  }

  browser(): Browser {
    return new Browser(this)
  }

  /** What a sign-in would write: a session begins, or this one is proved again. */
  async signIn(
    person: string,
    { current, authentication }: { current?: string | undefined; authentication?: Authentication },
  ): Promise<Session> {
    const source = { now: () => Date.now(), randomBytes }
    const before =
      current === undefined ? undefined : await openSession(this.server.store.db, current)
    const arrival = {
      person,
      authentication: authentication ?? passkeyAuthentication(Date.now()),
      device: undefined,
      host: 'localhost',
    }
    const { session, drafts } = enter(arrival, before, source)
    await this.server.ledger.write(`Person::"${person}"`, drafts)
    return session
  }

  async endSession(id: string): Promise<void> {
    await this.server.ledger.write('Workload::"test"', [
      { event: 'identity.session.ended', kind: 'session', id, after: null },
    ])
  }

  /** Changes a person, as an import does. */
  async setActive(person: string, active: boolean): Promise<void> {
    const document = this.server.ledger.estate.get('person', person)
    if (document) await this.server.import({ kind: 'person', document: { ...document, active } })
  }

  async close(): Promise<void> {
    this.#front.closeAllConnections()
    this.#front.close()
    await this.#other?.remove()
    await this.server.remove()
  }

  async #pass(
    incoming: IncomingMessage,
    response: ServerResponse,
    answering: ServerFake,
  ): Promise<void> {
    const cookie = cookieOf(incoming.headers.cookie ?? '', sessionCookie)
    const assertion = await this.#assertion(cookie, answering)
    const passed = send(
      {
        host: '127.0.0.1',
        port: answering.port,
        path: incoming.url,
        method: incoming.method,
        headers: { ...incoming.headers, [assertionHeader]: assertion },
        agent: false,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.rawHeaders)
        answer.pipe(response)
      },
    )
    passed.on('error', () => response.destroy())
    incoming.pipe(passed)
  }

  async #assertion(cookie: string | undefined, answering: ServerFake): Promise<string> {
    if (this.#other) await Promise.all([this.server, answering].map((it) => it.ledger.catchUp()))
    const { estate } = this.server.ledger
    const subject = estate.subjectOf(tokenHash(cookie ?? ''), 'localhost', Date.now())
    // Tests plant the id of a session; a sign-in at the server gives a real cookie.
    const session =
      subject.kind === 'person' ? subject.session : estate.get('session', cookie ?? '')
    const whose = session
      ? { sid: session.id, sub: `Person::${JSON.stringify(session.person)}` }
      : {}
    return this.gateway.assertion({ ...whose, jti: String(++this.#sequence) })
  }
}

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

/** A browser: it keeps cookies by path and follows redirects within the town. */
export class Browser {
  readonly #town: Town
  #cookies: readonly Cookie[] = []
  session: string | undefined
  /** What a sign-in page makes of the person in front of it; nobody signs in without it. */
  signsInAs: { readonly person: string; readonly authentication?: () => Authentication } | undefined
  /** How often the sign-in page was shown. */
  signIns = 0

  constructor(town: Town) {
    this.#town = town
  }

  async signIn(person = 'ada', authentication?: Authentication): Promise<void> {
    const { id } = await this.#town.signIn(person, {
      current: this.session,
      ...(authentication ? { authentication } : {}),
    })
    this.session = id
    this.plant(sessionCookie, id)
  }

  /** Puts a cookie there as another page might. */
  plant(name: string, value: string, path = '/'): void {
    this.#cookies = [
      ...this.#cookies.filter((it) => it.name !== name || it.path !== path),
      { name, value, path },
    ]
  }

  get cookies(): readonly Cookie[] {
    return this.#cookies
  }

  /** One request, without following. */
  async ask(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const target = new URL(url, this.#town.origin)
    const cookie = this.#cookies
      .filter(({ path }) => target.pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    const response = await fetch(target, {
      ...init,
      headers: { accept: 'text/html', ...(init.headers as Record<string, string>), cookie },
      redirect: 'manual',
    })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    return response
  }

  /** Sends a form. */
  send(url: string | URL, fields: Readonly<Record<string, string>>): Promise<Response> {
    return this.ask(url, { method: 'POST', body: new URLSearchParams(fields) })
  }

  /** Visits, following every redirect that stays here; gives where it left to, or the page. */
  async visit(url: string | URL): Promise<{ readonly left?: URL; readonly page?: Response }> {
    let next = new URL(url, this.#town.origin)
    for (let hop = 0; hop < 12; hop++) {
      if (next.pathname === '/signin') {
        this.signIns++
        if (!this.signsInAs || next.searchParams.has('problem')) return { left: next }
        await this.signIn(this.signsInAs.person, this.signsInAs.authentication?.())
        next = new URL(next.searchParams.get('return') ?? '/', this.#town.origin)
        continue
      }
      const response = await this.ask(next)
      const location = response.headers.get('location')
      if (location === null) return { page: response }
      next = new URL(location, next)
      if (next.origin !== this.#town.origin) return { left: next }
    }
    throw new Error(`the browser was sent around in circles, at ${next.href}`)
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/;\s*/)
    const at = pair.indexOf('=')
    const attribute = (name: string) =>
      attributes.find((it) => it.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1)
    const path = attribute('path') ?? '/'
    const name = pair.slice(0, at)
    const value = pair.slice(at + 1)
    const expires = attribute('expires')
    const isGone =
      value === '' || attribute('max-age') === '0' || (expires && Date.parse(expires) <= Date.now())
    this.#cookies = this.#cookies.filter((it) => it.name !== name || it.path !== path)
    if (!isGone) this.#cookies = [...this.#cookies, { name, value, path }]
    if (name === sessionCookie && isGone) this.session = undefined
  }
}

/** The registration of an application that keeps a secret. */
export const confidential: OpenIdSignOn = {
  kind: 'oidc',
  redirectUris: ['https://wiki.example.org/callback'],
  postLogoutRedirectUris: ['https://wiki.example.org/bye'],
  proof: 'client_secret_basic',
  refresh: true,
  scopes: ['profile', 'email', 'groups'],
}

function cookieOf(header: string, name: string): string | undefined {
  for (const part of header.split(/;\s*/)) {
    if (part.startsWith(`${name}=`)) return part.slice(name.length + 1)
  }
  return undefined
}
