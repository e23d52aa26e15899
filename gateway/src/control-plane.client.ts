// The gateway's calls to the control plane. Each carries a token of the gateway's own key, good
// for a minute and for nothing else.
import { networksApi } from '@countersign/contract/api/networks'
import { sightingsApi } from '@countersign/contract/api/sessions'
import { ApiError, createClient, type Fetch } from '@countersign/contract/client'
import {
  changeLineMaxBytes,
  gatewayTokenType,
  heartbeatMs,
  snapshotMaxBytes,
} from '@countersign/contract/feed'
import { routeUrl } from '@countersign/contract/client'
import type { Sighting } from '@countersign/contract/sighting'
import type { UpstreamHealthReport } from '@countersign/contract/upstream-health'
import type { P256PublicKey } from '@countersign/contract/signer'
import { bundleMaxBytes } from '@countersign/contract/upstream-credential'
import type { RouteArguments, RouteResult } from '@countersign/contract/route'
import { SignJWT } from 'jose'
import { Agent, type Dispatcher } from 'undici'
import type { GatewayKey } from '#enrolment/key.file'
import { controlAnswerMaxBytes, controlTimeoutMs } from './limits.ts'

type Handoff = typeof networksApi.handoff
type Enrol = typeof networksApi.enrol

/** What became of a shipment. `refused`: its content is wrong and sending it again will not help. */
export type Shipped =
  | { readonly kind: 'kept' }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'unreachable' }

export interface ControlPlane {
  /** Rejects with `ApiError` where the token is refused, with another error where nobody answers. */
  enrol(body: RouteArguments<Enrol>['body']): Promise<RouteResult<Enrol>>
  /** The signed snapshot. */
  snapshot(signal: AbortSignal): Promise<string>
  /** Signed changes after a position, as they come; `conflict` where a snapshot is needed. */
  changes(after: number, signal: AbortSignal): Promise<AsyncIterable<string> | 'conflict'>
  /** Ships records, each as canonical JSON. Never rejects. */
  ship(records: readonly Buffer[], signal: AbortSignal): Promise<Shipped>
  /** Tells of sessions in use; false where nobody heard. Never rejects. */
  tell(sightings: readonly Sighting[]): Promise<boolean>
  /** Tells which applications work; false where nobody heard. Never rejects. */
  reportHealth(report: UpstreamHealthReport): Promise<boolean>
  /** Rejects with `ApiError` where the code is not good. */
  handoff(body: RouteArguments<Handoff>['body']): Promise<RouteResult<Handoff>>
  /** Tells the key, besides the enrolled one, that signs assertions. Rejects where nobody hears it. */
  tellKeys(p256: P256PublicKey): Promise<void>
  /** Credentials for applications, sealed. Rejects where they cannot be had. */
  credentials(statement: string): Promise<RouteResult<typeof networksApi.credentials>>
  close(): Promise<void>
}

export interface ControlPlaneOptions {
  readonly url: URL
  readonly key: GatewayKey
  /** The gateway's id; undefined before it enrolled. */
  readonly gateway: () => string | undefined
  readonly now: () => number
  readonly newTokenId: () => string
}

/** How long the feed may be silent before the connection counts as dead. */
const silenceMaxMs = 3 * heartbeatMs

export function controlPlaneAt(options: ControlPlaneOptions): ControlPlane {
  const { url } = options
  const agent = new Agent({
    connections: 8,
    connectTimeout: controlTimeoutMs,
    headersTimeout: controlTimeoutMs,
    bodyTimeout: silenceMaxMs,
  })
  const authorization = async (): Promise<string> => `Bearer ${await gatewayToken(options)}`
  const send = async (
    path: string,
    init: Pick<
      Dispatcher.RequestOptions,
      'method' | 'body' | 'headers' | 'signal' | 'headersTimeout'
    >,
  ): Promise<Dispatcher.ResponseData> => agent.request({ origin: url.origin, path, ...init })

  const get = async (path: string, accept: string, signal: AbortSignal) =>
    send(path, {
      method: 'GET',
      headers: { accept, authorization: await authorization() },
      signal,
    })

  const fetch: Fetch = async (address, { method, headers, body, signal }) => {
    const response = await agent.request({
      origin: url.origin,
      path: address.slice(url.origin.length),
      method,
      headers,
      body: body ?? null,
      signal: signal ?? AbortSignal.timeout(controlTimeoutMs),
    })
    const text = await limitedText(response, controlAnswerMaxBytes)
    return {
      ok: response.statusCode >= 200 && response.statusCode < 300,
      status: response.statusCode,
      body: null,
      json: async () => JSON.parse(text) as unknown,
      text: async () => text,
    }
  }
  const client = (headers: Record<string, string>) =>
    createClient({ baseUrl: url.origin, fetch, headers })

  return {
    enrol: (body) => client({}).call(networksApi.enrol, { body }),
    handoff: async (body) =>
      client({ authorization: await authorization() }).call(networksApi.handoff, { body }),

    async tell(sightings) {
      try {
        const asGateway = client({ authorization: await authorization() })
        await asGateway.call(sightingsApi.sightings, { body: { sightings: [...sightings] } })
        return true
      } catch {
        return false
      }
    },

    async reportHealth(report) {
      try {
        const asGateway = client({ authorization: await authorization() })
        await asGateway.call(networksApi.reportHealth, { body: report })
        return true
      } catch {
        return false
      }
    },

    async tellKeys(p256) {
      const authorized = client({ authorization: await authorization() })
      await authorized.call(networksApi.tellKeys, { body: { p256 } })
    },

    async credentials(statement) {
      const response = await send(
        routeUrl(networksApi.credentials, undefined, { key: statement }),
        {
          method: 'GET',
          headers: { accept: 'application/json', authorization: await authorization() },
          signal: AbortSignal.timeout(controlTimeoutMs),
        },
      )
      if (response.statusCode !== 200) throw await refusalOf(response)
      const text = await limitedText(response, bundleMaxBytes)
      return networksApi.credentials.output.schema.parse(JSON.parse(text))
    },

    async snapshot(signal) {
      const response = await get(networksApi.snapshot.path, 'application/jose', signal)
      if (response.statusCode !== 200) throw await refusalOf(response)
      return limitedText(response, snapshotMaxBytes)
    },

    async changes(after, signal) {
      const path = routeUrl(networksApi.changes, undefined, { after })
      const response = await get(path, networksApi.changes.output.mediaType, signal)
      if (response.statusCode === 409) {
        await response.body.dump()
        return 'conflict'
      }
      if (response.statusCode !== 200) throw await refusalOf(response)
      return linesOf(response.body, changeLineMaxBytes)
    },

    async ship(records, signal) {
      try {
        const response = await send(networksApi.ship.path, {
          method: 'POST',
          headers: {
            accept: 'application/json',
            'content-type': 'application/json',
            authorization: await authorization(),
          },
          body: shipment(records),
          headersTimeout: shipmentTimeoutMs,
          signal,
        })
        await response.body.dump()
        const { statusCode } = response
        if (statusCode >= 200 && statusCode < 300) return { kind: 'kept' }
        return refusedForGood.has(statusCode)
          ? { kind: 'refused', status: statusCode }
          : { kind: 'unreachable' }
      } catch {
        return { kind: 'unreachable' }
      }
    },

    close: () => agent.destroy(),
  }
}

// Records are on disk as they are sent: nothing is read or written anew.
function shipment(records: readonly Buffer[]): Buffer {
  const parts = records.flatMap((record, index) => [index === 0 ? beginning : comma, record])
  return Buffer.concat([...parts, ending])
}

const beginning = Buffer.from('{"records":[')
const comma = Buffer.from(',')
const ending = Buffer.from(']}')

/** A full batch may take the store a while. */
const shipmentTimeoutMs = 60_000

const refusedForGood: ReadonlySet<number> = new Set([400, 413, 422])

async function gatewayToken({ key, gateway, now, newTokenId }: ControlPlaneOptions) {
  const id = gateway() ?? ''
  const seconds = Math.floor(now() / 1000)
  return new SignJWT()
    .setProtectedHeader({ alg: 'EdDSA', typ: gatewayTokenType })
    .setIssuer(id)
    .setSubject(id)
    .setAudience('countersign-server')
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + 60)
    .setJti(newTokenId())
    .sign(key.privateKey)
}

async function refusalOf(response: Dispatcher.ResponseData): Promise<ApiError> {
  await response.body.dump()
  return new ApiError(response.statusCode, undefined)
}

async function limitedText({ body }: Dispatcher.ResponseData, maxBytes: number): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of body as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > maxBytes)
      throw new RangeError(`the server's answer is longer than ${maxBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The lines of a body, without their ends. Rejects where one is longer than `maxBytes`. */
async function* linesOf(body: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<string> {
  let parts: Buffer[] = []
  let bytes = 0
  for await (const part of body) {
    let start = 0
    for (let end = part.indexOf(0x0a); end >= 0; end = part.indexOf(0x0a, start)) {
      parts.push(part.subarray(start, end))
      const line = Buffer.concat(parts).toString('utf8')
      parts = []
      bytes = 0
      start = end + 1
      if (line !== '') yield line
    }
    parts.push(part.subarray(start))
    bytes += part.length - start
    if (bytes > maxBytes)
      throw new RangeError(`a line of the feed is longer than ${maxBytes} bytes`)
  }
}
