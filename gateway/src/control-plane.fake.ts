// A control plane for tests that behaves: it signs a real feed, remembers what was shipped to it,
// and can be stopped, started again and made to lie.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type PublicKey, publicKey } from '@countersign/contract/api/networks'
import type { P256PublicKey } from '@countersign/contract/signer'
import type { DecisionRecord } from '@countersign/contract/decision'
import type { AnyDocument, DocumentKind } from '@countersign/contract/documents'
import type { UpstreamHealthReport } from '@countersign/contract/upstream-health'
import type { Sighting } from '@countersign/contract/sighting'
import { type Change, changesType, feedMediaType, snapshotType } from '@countersign/contract/feed'
import {
  type CredentialBundle,
  credentialsType,
  sealAlgorithm,
  sealEncryption,
  sealingKey,
} from '@countersign/contract/upstream-credential'
import { CompactEncrypt, CompactSign, importJWK } from 'jose'

export interface FakeHandoff {
  readonly code: string
  readonly flow: string
  readonly host: string
  readonly returnTo: string
  /** Puts the session's token on the feed and gives the cookie's value. */
  readonly redeem: () => string
}

export class FakeControlPlane {
  readonly token = 'an-enrolment-token'
  readonly consoleUrl = 'http://countersign.localhost:7400'
  readonly shipped: DecisionRecord[] = []
  /** What gateways told of sessions in use. */
  readonly sightings: Sighting[] = []
  /** What gateways told of the health of applications, latest last. */
  readonly healthReports: UpstreamHealthReport[] = []
  /** Answers shipments with this status instead of keeping them. */
  shipStatus = 200
  refusesEnrolment = false
  /** What it seals for gateways that ask. */
  credentials: CredentialBundle['credentials'] = []
  refusesCredentials = false
  /** What is wrong with what it seals: who signed it, for whom, or as what. */
  credentialsLie: 'key' | 'gateway' | 'type' | undefined
  /** How often gateways asked for it. */
  credentialsAsked = 0
  /** What gateways told of the keys with which they sign. */
  readonly toldKeys: P256PublicKey[] = []
  readonly authorizations: string[] = []
  readonly #keys = generateKeyPairSync('ed25519')
  readonly #documents = new Map<string, AnyDocument>()
  readonly #streams = new Set<ServerResponse>()
  readonly #handoffs = new Map<string, FakeHandoff>()
  #sequence = 0
  #log: { readonly from: number; readonly to: number; readonly changes: readonly Change[] }[] = []
  #server: Server | undefined
  #port = 0

  get url(): URL {
    return new URL(`http://127.0.0.1:${this.#port}`)
  }

  get sequence(): number {
    return this.#sequence
  }

  /** How many gateways follow the changes. */
  get followers(): number {
    return this.#streams.size
  }

  get feedKey(): PublicKey {
    return publicKey.parse(this.#keys.publicKey.export({ format: 'jwk' }))
  }

  /** Listens, always at the same port. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
    this.#server = server
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve))
    // INVARIANT: it listens on TCP.
    this.#port = (server.address() as AddressInfo).port
  }

  /** Goes away without a word. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.#streams.clear()
    server?.closeAllConnections()
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  /** Puts documents, as one change of the journal; gives its position. */
  async put(...items: readonly AnyDocument[]): Promise<number> {
    for (const item of items) this.#documents.set(`${item.kind} ${item.document.id}`, item)
    return this.#publish(items.map((item) => ({ op: 'put', item })))
  }

  async remove(kind: DocumentKind, id: string): Promise<number> {
    this.#documents.delete(`${kind} ${id}`)
    return this.#publish([{ op: 'remove', kind, id }])
  }

  /** Says that nothing changed. */
  async beat(at = Date.now()): Promise<void> {
    this.#send(await this.sign(changesType, this.#line(this.#sequence, [], at)))
  }

  /** Forgets the log of changes, so that a gateway that is behind must fetch a snapshot. */
  forgetChanges(): void {
    this.#log = []
  }

  /** Sends a line to every gateway as it is. */
  sendRaw(line: string): void {
    this.#send(line)
  }

  expectHandoff(handoff: FakeHandoff): void {
    this.#handoffs.set(handoff.code, handoff)
  }

  async snapshot(at = Date.now()): Promise<string> {
    return this.sign(snapshotType, {
      sequence: this.#sequence,
      at,
      documents: [...this.#documents.values()],
    })
  }

  /** Signs a message of the feed; with another key where one is given. */
  async sign(type: string, payload: unknown, key = this.#keys.privateKey): Promise<string> {
    return new CompactSign(Buffer.from(JSON.stringify(payload)))
      .setProtectedHeader({ alg: 'EdDSA', typ: type })
      .sign(key)
  }

  async #publish(changes: readonly Change[]): Promise<number> {
    const from = this.#sequence
    this.#sequence++
    this.#log.push({ from, to: this.#sequence, changes })
    this.#send(await this.sign(changesType, this.#line(from, changes, Date.now())))
    return this.#sequence
  }

  #line(from: number, changes: readonly Change[], at: number): unknown {
    return { from, to: this.#sequence, at, changes }
  }

  #send(line: string): void {
    for (const stream of this.#streams) stream.write(`${line}\n`)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://control')
    if (url.pathname !== '/api/networks/gateways') {
      this.authorizations.push(request.headers.authorization ?? '')
    }
    switch (`${request.method} ${url.pathname}`) {
      case 'POST /api/networks/gateways': {
        const { token } = JSON.parse(await bodyOf(request)) as { token: string }
        if (this.refusesEnrolment || token !== this.token) {
          return json(response, 403, problemBody('networks.enrolment_refused', 403))
        }
        return json(response, 200, {
          gateway: 'gw_test',
          feedKey: this.feedKey,
          consoleUrl: this.consoleUrl,
        })
      }
      case 'GET /api/networks/feed/snapshot':
        response.writeHead(200, { 'content-type': 'application/jose' })
        response.end(await this.snapshot())
        return
      case 'GET /api/networks/feed/changes':
        return this.#follow(Number(url.searchParams.get('after')), response)
      case 'GET /api/networks/credentials': {
        this.credentialsAsked++
        if (this.refusesCredentials) return json(response, 503, {})
        const sealed = await this.#sealed(url.searchParams.get('key') ?? '')
        return json(response, 200, { sealed })
      }
      case 'PUT /api/networks/keys': {
        const { p256 } = JSON.parse(await bodyOf(request)) as { p256: P256PublicKey }
        this.toldKeys.push(p256)
        return json(response, 200, {})
      }
      case 'POST /api/networks/decisions': {
        const { records } = JSON.parse(await bodyOf(request)) as { records: DecisionRecord[] }
        if (this.shipStatus !== 200) return json(response, this.shipStatus, {})
        this.shipped.push(...records)
        return json(response, 200, { kept: records.length })
      }
      case 'PUT /api/networks/health':
        this.healthReports.push(JSON.parse(await bodyOf(request)) as UpstreamHealthReport)
        return json(response, 200, {})
      case 'POST /api/networks/sightings': {
        const told = JSON.parse(await bodyOf(request)) as { sightings: Sighting[] }
        this.sightings.push(...told.sightings)
        return json(response, 200, { kept: told.sightings.length })
      }
      case 'POST /api/networks/handoffs': {
        const { code, flow, host } = JSON.parse(await bodyOf(request)) as FakeHandoff
        const handoff = this.#handoffs.get(code)
        this.#handoffs.delete(code)
        if (!handoff || handoff.flow !== flow || handoff.host !== host) {
          return json(response, 410, problemBody('signin.expired', 410))
        }
        const token = handoff.redeem()
        return json(response, 200, {
          token,
          returnTo: handoff.returnTo,
          maxAgeSeconds: 43_200,
          sequence: this.#sequence,
        })
      }
      default:
        return json(response, 404, {})
    }
  }

  async #sealed(statement: string): Promise<string> {
    const [, payload = ''] = statement.split('.')
    const key = sealingKey.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
    const lie = this.credentialsLie
    const bundle: CredentialBundle = {
      gateway: lie === 'gateway' ? 'gw_other' : 'gw_test',
      at: Date.now(),
      applications: [...this.#documents.values()].flatMap(({ kind, document }) =>
        kind === 'application' && document.credentialsChangedAt !== undefined
          ? { id: document.id, changedAt: document.credentialsChangedAt }
          : [],
      ),
      credentials: this.credentials,
    }
    const signed = await this.sign(
      lie === 'type' ? snapshotType : credentialsType,
      bundle,
      lie === 'key' ? generateKeyPairSync('ed25519').privateKey : undefined,
    )
    return new CompactEncrypt(Buffer.from(signed))
      .setProtectedHeader({ alg: sealAlgorithm, enc: sealEncryption })
      .encrypt(await importJWK(key, sealAlgorithm))
  }

  async #follow(after: number, response: ServerResponse): Promise<void> {
    const missing = this.#log.filter(({ to }) => to > after)
    const isGap = missing.length > 0 && missing[0]?.from !== after
    if (after > this.#sequence || isGap || (missing.length === 0 && after !== this.#sequence)) {
      return json(response, 409, {})
    }
    response.writeHead(200, { 'content-type': feedMediaType })
    for (const { from, to, changes } of missing) {
      response.write(`${await this.sign(changesType, { from, to, at: Date.now(), changes })}\n`)
    }
    const reached = missing.at(-1)?.to ?? after
    const beat = await this.sign(changesType, {
      from: reached,
      to: reached,
      at: Date.now(),
      changes: [],
    })
    response.write(`${beat}\n`)
    // What was published while these were signed went to those who followed already.
    if (this.#sequence !== reached) {
      response.end()
      return
    }
    this.#streams.add(response)
    response.once('close', () => this.#streams.delete(response))
  }
}

/** A random cookie value or code: 32 bytes in base64url. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts).toString()
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function problemBody(code: string, status: number): unknown {
  return { type: `urn:countersign:problem:${code}`, code, status, title: code, remedy: 'none' }
}
