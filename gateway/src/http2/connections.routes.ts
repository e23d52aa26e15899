// HTTP/2 connections (RFC 9113). Each stream becomes an arrival like any other. What costs us more
// than it costs a client is bounded: streams at once, streams taken back, settings, pings, headers,
// and how much may wait to be taken.
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { IncomingHttpHeaders } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { clientAddress, enter } from '#entering'
import { HTTP } from '#exchange'
import type { Gateway } from '#gateway'
import {
  headersMaxCount,
  headMaxBytes,
  http2ConnectionWindowBytes,
  http2ControlFramesMaxPerMinute,
  http2InvalidFramesMaxCount,
  http2MemoryMaxMegabytes,
  http2ResetsMaxBurst,
  http2ResetsMaxPerSecond,
  http2SettingsMaxCount,
  http2StreamsMaxCount,
  http2StreamWindowBytes,
  keepAliveTimeoutMs,
} from '#limits'
import { type Reply, send } from '#reply'
import type { TlsPeer } from '#tls/peer'
import { strictTransport } from '#tls/strict-transport'
import { takesTrailers } from '#upstream/trailers'
import { requestHead } from './head.ts'
import { Http2Request, Http2Response } from './messages.ts'

/** RFC 9113 §7. */
const noError = 0x0
const enhanceYourCalm = 0xb

/** The pseudo headers of a request (RFC 9113 §8.3.1). */
const pseudoHeadersCount = 4

const options = {
  settings: {
    maxConcurrentStreams: http2StreamsMaxCount,
    initialWindowSize: http2StreamWindowBytes,
    maxHeaderListSize: headMaxBytes,
    // RFC 8441 is not offered: a WebSocket comes over HTTP/1.1.
    enableConnectProtocol: false,
  },
  maxHeaderListPairs: headersMaxCount + pseudoHeadersCount,
  maxSettings: http2SettingsMaxCount,
  maxSessionMemory: http2MemoryMaxMegabytes,
  maxSessionInvalidFrames: http2InvalidFramesMaxCount,
  maxSessionRejectedStreams: http2StreamsMaxCount,
  streamResetBurst: http2ResetsMaxBurst,
  streamResetRate: http2ResetsMaxPerSecond,
  // An application's answer that says a thing twice passes as it passes over HTTP/1.1.
  strictSingleValueFields: false,
}

export class Http2Connections {
  readonly #gateway: Gateway
  readonly #sessions = new Set<ServerHttp2Session>()

  constructor(gateway: Gateway) {
    this.#gateway = gateway
  }

  /** Speaks HTTP/2 on a connection whose handshake agreed on it. */
  serve(socket: TLSSocket, peer: TlsPeer): void {
    if (socket.destroyed) return
    const session = performServerHandshake(socket, options)
    const address = clientAddress(socket.remoteAddress)
    let streams = 0
    this.#sessions.add(session)
    session.setLocalWindowSize(http2ConnectionWindowBytes)
    const count = this.#controlFramesOf(session)
    session.on('ping', count)
    session.on('remoteSettings', count)
    session.on('close', () => this.#sessions.delete(session))
    session.on('error', (error: Error & { code?: string }) => {
      this.#gateway.metrics.malformed(error.code ?? 'http2')
      session.destroy()
    })
    session.setTimeout(keepAliveTimeoutMs, () => {
      // Requests in progress have bounds of their own.
      if (streams === 0) session.close()
    })
    session.on('stream', (stream, headers, _flags, rawHeaders) => {
      streams += 1
      stream.once('close', () => {
        streams -= 1
      })
      this.#enter(stream, headers, rawHeaders, { peer, address })
    })
  }

  /** Lets streams in progress finish and takes no more. */
  retire(): void {
    for (const session of this.#sessions) session.close()
  }

  // Each is answered, so a flood of them would keep us busy with nothing.
  #controlFramesOf(session: ServerHttp2Session): () => void {
    const { clock, metrics } = this.#gateway
    let since = clock.now()
    let frames = 0
    return () => {
      frames += 1
      if (frames <= http2ControlFramesMaxPerMinute) return
      const now = clock.now()
      if (now - since < 60_000) {
        metrics.malformed('http2_control_frames')
        session.destroy(undefined, enhanceYourCalm)
      }
      since = now
      frames = 0
    }
  }

  #enter(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
    { peer, address }: { readonly peer: TlsPeer; readonly address: string },
  ): void {
    const request = new Http2Request(stream, requestHead(headers, rawHeaders))
    const response = new Http2Response(stream, {
      always: strictTransport(peer).flat(),
      takesTrailers: takesTrailers(request),
    })
    // RFC 9113 §8.1: whoever was answered need not send the rest.
    response.once('finish', () => {
      if (!request.complete) stream.close(noError)
    })
    void enter(
      {
        entry: HTTP,
        request,
        response,
        answer: (it: Reply) => send({ request, response, isClosing: false }, it),
        expectsContinue: headers.expect?.toLowerCase() === '100-continue',
        now: this.#gateway.clock.now(),
        address,
        tls: peer,
      },
      this.#gateway,
    )
  }
}
