// An application elsewhere that is a SAML service provider, on real HTTP: `@node-saml/node-saml` behind
// its addresses.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Profile, SAML, type SamlConfig, ValidateInResponseTo } from '@node-saml/node-saml'
import type { SamlSignOn } from '@countersign/contract/saml'
import { bare, partyKey } from './party.fake.ts'

export class ApplicationFake {
  readonly key = partyKey('application')
  readonly origin: string
  readonly entityId: string
  readonly acsUrl: string
  readonly #server: Server
  #saml: SAML | undefined
  /** Whom it took in last, and by which form. */
  profile: Profile | undefined
  /** What was asked of it over SOAP. */
  readonly envelopes: string[] = []
  /** What it answers over SOAP. */
  soapAnswer = ''

  private constructor(server: Server) {
    const { port } = server.address() as AddressInfo
    this.#server = server
    this.origin = `http://127.0.0.1:${port}`
    this.entityId = `${this.origin}/saml`
    this.acsUrl = `${this.origin}/acs`
  }

  static async open(): Promise<ApplicationFake> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const fake = new ApplicationFake(server)
    server.on('request', (incoming, response) => {
      if (incoming.url === '/') {
        fake.#ask().then(
          (location) => response.writeHead(302, { location }).end(),
          (error: unknown) => response.writeHead(500).end(String(error)),
        )
        return
      }
      fake.#answer(incoming).then(
        (text) => response.writeHead(200, { 'content-type': 'text/plain' }).end(text),
        (error: unknown) => response.writeHead(403).end(String(error)),
      )
    })
    return fake
  }

  /** How it registers with us. */
  signOn(changes: Partial<SamlSignOn> = {}): SamlSignOn {
    return {
      kind: 'saml',
      entityId: this.entityId,
      assertionConsumers: [{ url: this.acsUrl, index: 0 }],
      certificates: [bare(this.key)],
      singleLogout: { redirect: `${this.origin}/slo`, soap: `${this.origin}/soap` },
      nameId: 'persistent',
      attributes: [
        { name: 'mail', from: 'email' },
        { name: 'displayName', from: 'name' },
      ],
      ...changes,
    }
  }

  /** Learns who we are, as its administrator configures it. */
  meet(origin: string, idpCert: string | string[], changes: Partial<SamlConfig> = {}): SAML {
    this.#saml = new SAML({
      idpCert,
      idpIssuer: `${origin}/saml/metadata`,
      entryPoint: `${origin}/saml/sso`,
      logoutUrl: `${origin}/saml/slo`,
      issuer: this.entityId,
      callbackUrl: this.acsUrl,
      audience: this.entityId,
      privateKey: this.key.privateKey,
      publicCert: this.key.certificate,
      signatureAlgorithm: 'sha256',
      digestAlgorithm: 'sha256',
      wantAssertionsSigned: true,
      wantAuthnResponseSigned: true,
      validateInResponseTo: ValidateInResponseTo.always,
      identifierFormat: null,
      ...changes,
    })
    return this.#saml
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** Where its front page sends whoever comes. */
  async #ask(): Promise<string> {
    return (await this.#saml?.getAuthorizeUrlAsync('its-page', undefined, {})) ?? ''
  }

  async #answer(incoming: IncomingMessage): Promise<string> {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    const body = Buffer.concat(parts).toString()
    if (incoming.url === '/soap') {
      this.envelopes.push(body)
      return this.soapAnswer
    }
    const fields = Object.fromEntries(new URLSearchParams(body))
    const { profile } = (await this.#saml?.validatePostResponseAsync(fields)) ?? {}
    this.profile = profile ?? undefined
    return `welcome ${profile?.nameID ?? 'nobody'} back to ${fields['RelayState'] ?? ''}`
  }
}
