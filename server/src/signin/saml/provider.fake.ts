// An identity provider elsewhere on real HTTP: `samlify` behind two addresses. Whoever comes is Ada.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { partyKey } from './party.fake.ts'
import {
  identityProvider,
  type IdentityProvider,
  samlLib,
  serviceProvider,
  type ServiceProvider,
} from './samlify.fake.ts'

const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'
const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'
const statement =
  '<saml:AuthnStatement AuthnInstant="{AuthnInstant}" SessionIndex="{SessionIndex}"><saml:AuthnContext><saml:AuthnContextClassRef>{ContextClass}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>'

/** What it says of whoever comes. */
export interface Said {
  readonly nameId: string
  readonly mail: string
  readonly contextClass: string
  /** Milliseconds since the epoch; the moment of the answer where it is left out. */
  readonly authenticatedAt?: number
}

export class ProviderFake {
  readonly key = partyKey('samlify')
  readonly #server: Server
  readonly idp: IdentityProvider
  readonly origin: string
  said: Said = {
    nameId: 'ada',
    mail: 'ada@example.org',
    contextClass: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
  }
  /** The last request that was asked, as it was understood. */
  asked: Readonly<Record<string, unknown>> = {}
  #sp: ServiceProvider | undefined

  private constructor(server: Server) {
    const { port } = server.address() as AddressInfo
    this.#server = server
    this.origin = `http://127.0.0.1:${port}`
    this.idp = identityProvider({
      entityID: `${this.origin}/metadata`,
      privateKey: this.key.privateKey,
      signingCert: this.key.certificate,
      requestSignatureAlgorithm: rsaSha256,
      wantAuthnRequestsSigned: true,
      wantLogoutRequestSigned: true,
      wantLogoutResponseSigned: true,
      nameIDFormat: ['urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
      singleSignOnService: [{ Binding: redirect, Location: `${this.origin}/sso` }],
      singleLogoutService: [{ Binding: redirect, Location: `${this.origin}/slo` }],
      loginResponseTemplate: {
        context: template,
        attributes: [
          {
            name: 'mail',
            valueTag: 'user.mail',
            nameFormat: 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic',
            valueXsiType: 'xs:string',
          },
        ],
      },
    })
  }

  static async open(): Promise<ProviderFake> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const fake = new ProviderFake(server)
    server.on('request', (incoming, response) => {
      const [, query = ''] = (incoming.url ?? '').split('?')
      fake.#answer(query).then(
        (html) => response.writeHead(200, { 'content-type': 'text/html' }).end(html),
        (error: unknown) => response.writeHead(400).end(String(error)),
      )
    })
    return fake
  }

  /** Our metadata, as its administrator enters it. */
  meet(metadata: string): void {
    this.#sp = serviceProvider({
      metadata,
      wantLogoutRequestSigned: true,
      wantLogoutResponseSigned: true,
    })
  }

  get sp(): ServiceProvider {
    assert.ok(this.#sp, 'it has our metadata')
    return this.#sp
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #answer(rawQuery: string): Promise<string> {
    const asked = await this.idp.parseLoginRequest(this.sp, 'redirect', askedOf(rawQuery))
    this.asked = asked.extract
    const carried = await this.idp.createLoginResponse(
      this.sp,
      asked,
      'post',
      { nameID: this.said.nameId },
      (text) => this.#fill(text, asked.extract),
    )
    const query = new URLSearchParams(rawQuery)
    return [
      `<form method="post" action="${this.#acsUrl()}">`,
      `<input type="hidden" name="SAMLResponse" value="${carried.context}">`,
      `<input type="hidden" name="RelayState" value="${query.get('RelayState') ?? ''}">`,
      // For browsers that people see.
      '<button>Sign in</button></form>',
    ].join('')
  }

  #acsUrl(): string {
    const [, url = ''] =
      /AssertionConsumerService [^>]*Location="([^"]*)"/.exec(this.sp.getMetadata()) ?? []
    return url
  }

  #fill(text: string, extract: Readonly<Record<string, unknown>>): { id: string; context: string } {
    const now = Date.now()
    const id = `_${now.toString(36)}${Math.floor(performance.now() * 1000)}`
    const at = (ms: number) => new Date(ms).toISOString()
    const { id: inResponseTo } = extract['request'] as { readonly id: string }
    const [, audience = ''] = /entityID="([^"]*)"/.exec(this.sp.getMetadata()) ?? []
    const values = {
      ID: id,
      AssertionID: `${id}a`,
      Destination: this.#acsUrl(),
      SubjectRecipient: this.#acsUrl(),
      Audience: audience,
      Issuer: `${this.origin}/metadata`,
      IssueInstant: at(now),
      StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success',
      ConditionsNotBefore: at(now),
      ConditionsNotOnOrAfter: at(now + 300_000),
      SubjectConfirmationDataNotOnOrAfter: at(now + 300_000),
      NameIDFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      NameID: this.said.nameId,
      InResponseTo: inResponseTo,
      AuthnInstant: at(this.said.authenticatedAt ?? now),
      SessionIndex: `${id}s`,
      ContextClass: this.said.contextClass,
      attrUserMail: this.said.mail,
    }
    this.sessionIndex = values.SessionIndex
    return { id, context: samlLib.replaceTagsByValue(text, values) }
  }

  /** What it called its session last. */
  sessionIndex = ''
}

const template = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{ID}" Version="2.0" IssueInstant="{IssueInstant}" Destination="{Destination}" InResponseTo="{InResponseTo}"><saml:Issuer>{Issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="{StatusCode}"/></samlp:Status><saml:Assertion xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema" ID="{AssertionID}" Version="2.0" IssueInstant="{IssueInstant}"><saml:Issuer>{Issuer}</saml:Issuer><saml:Subject><saml:NameID Format="{NameIDFormat}">{NameID}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{SubjectConfirmationDataNotOnOrAfter}" Recipient="{SubjectRecipient}" InResponseTo="{InResponseTo}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{ConditionsNotBefore}" NotOnOrAfter="{ConditionsNotOnOrAfter}"><saml:AudienceRestriction><saml:Audience>{Audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>${statement}{AttributeStatement}</saml:Assertion></samlp:Response>`

/** A query as `samlify` wants to be told of it. */
export function askedOf(rawQuery: string) {
  const query = Object.fromEntries(new URLSearchParams(rawQuery))
  const octetString = rawQuery
    .split('&')
    .filter((it) => !it.startsWith('Signature='))
    .join('&')
  return { query, octetString }
}
