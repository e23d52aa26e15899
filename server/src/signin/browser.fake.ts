// A browser, for tests: its cookies, its authenticator, and the gateway between it and the server.
import assert from 'node:assert/strict'
import { identityApi } from '@countersign/contract/api/identity'
import { networksApi } from '@countersign/contract/api/networks'
import { signinApi } from '@countersign/contract/api/signin'
import { signinFactorsApi } from '@countersign/contract/api/signin-factors'
import type { Route, RouteArguments } from '@countersign/contract/route'
import { sessionCookie, tokenHash } from '@countersign/contract/session'
import type { Caller } from '#http/caller'
import { Authenticator, type Twist } from './authenticator.fake.ts'
import type { Answered, House } from './house.fake.ts'

export const consoleOrigin = 'http://countersign.localhost:7400'
export const consoleHost = 'countersign.localhost'

export class Browser {
  authenticator: Authenticator = new Authenticator(consoleOrigin)
  readonly jar = new Map<string, string>()
  /** Cookies of the console's host besides the session's. */
  readonly others = new Map<string, string>()
  address = '192.0.2.10'
  /** The server it reaches; another one of the same store does as well. */
  house: House

  constructor(house: House) {
    this.house = house
  }

  /** The value of the session's cookie at a host. */
  cookie(host: string = consoleHost): string | undefined {
    return this.jar.get(host)
  }

  /** Who a gateway takes this browser for at a host. */
  subject(host: string = consoleHost) {
    const value = this.cookie(host)
    return value === undefined
      ? ({ kind: 'anonymous' } as const)
      : this.house.ledger.estate.subjectOf(tokenHash(value), host, this.house.now)
  }

  /** The session it is in; fails the test where there is none. */
  session(host: string = consoleHost) {
    const subject = this.subject(host)
    assert.equal(subject.kind, 'person')
    if (subject.kind !== 'person') throw new Error('unreachable')
    return subject.session
  }

  caller(): Caller {
    const subject = this.subject()
    const sid = subject.kind === 'person' ? { sid: subject.session.id } : {}
    return { kind: 'visitor', subject, ...sid, address: this.address, host: consoleHost }
  }

  /** Calls a route of the console, and keeps the cookie it sets. */
  async call<R extends Route>(route: R, args: RouteArguments<R>): Promise<Answered<R>> {
    const answered = await this.house.call(route, this.caller(), args, this.others)
    for (const [name, value, maxAgeSeconds] of answered.cookies) {
      assert.match(name, /^__Host-/)
      if (name !== sessionCookie) this.others.set(name, value)
      else if (maxAgeSeconds > 0) this.jar.set(consoleHost, value)
      else this.jar.delete(consoleHost)
    }
    return answered
  }

  /** Signs in with the passkey of its authenticator. */
  async signIn(
    twist: Twist = {},
    extra: { readonly returnTo?: string } = {},
  ): Promise<Answered<typeof signinApi.passkey>> {
    const { body } = await this.call(signinApi.passkeyChallenge, { body: {} })
    const response = this.authenticator.get(body.options, twist)
    return this.call(signinApi.passkey, { body: { challenge: body.challenge, response, ...extra } })
  }

  async becomePersona(person: string): Promise<Answered<typeof signinApi.persona>> {
    return this.call(signinApi.persona, { body: { person } })
  }

  /** Registers a passkey within its session. */
  async addPasskey(twist: Twist = {}, name = 'laptop') {
    const { body } = await this.call(identityApi.passkeyChallenge, { body: {} })
    const response = this.authenticator.create(body.options, twist)
    return this.call(identityApi.registerPasskey, {
      body: { challenge: body.challenge, response, name },
    })
  }

  /** Uses an enrolment link with a new passkey. */
  async enrol(link: string, twist: Twist = {}, name = 'new phone') {
    const { body } = await this.call(signinFactorsApi.enrolChallenge, { body: { link } })
    const response = this.authenticator.create(body.options, twist)
    const { challenge } = body
    return this.call(signinFactorsApi.enrol, { body: { link, challenge, response, name } })
  }

  /** Uses a setup link with a new passkey. */
  async setUp(link: string, name = 'Ada Lovelace', twist: Twist = {}) {
    const { body } = await this.call(signinApi.linkChallenge, { body: { link, name } })
    const response = this.authenticator.create(body.options, twist)
    return this.call(signinApi.link, { body: { link, challenge: body.challenge, response } })
  }

  /** Follows `/signin/continue`; gives the URL it is sent to. */
  async goOn(wanted: string, flow: string, fresh?: '1'): Promise<URL> {
    const query = { return: wanted, flow, ...(fresh === undefined ? {} : { fresh }) }
    const { redirect } = await this.call(signinApi.continue, { query })
    assert.ok(redirect !== undefined)
    return new URL(redirect)
  }

  /** Has a gateway redeem a code, and keeps the cookie it sets at that host. */
  async redeem(code: string, host: string, flow: string) {
    const gateway = { kind: 'gateway', id: 'gw_test' } as const
    const answered = await this.house.call(networksApi.handoff, gateway, {
      body: { code, host, flow },
    })
    this.jar.set(host, answered.body.token)
    return answered
  }
}
