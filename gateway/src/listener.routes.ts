// The door: HTTP/1.1 as strictly as Node parses it, with every wait and size bounded, and with TLS
// also HTTP/2. Each request becomes an arrival and enters the flow; what cannot be parsed is
// answered here, in the same words.
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { TLSSocket } from 'node:tls'
import { answerBroken } from './broken.routes.ts'
import { declineUpgrade, endAfterDeclined } from './declined-upgrade.ts'
import { clientAddress, enter } from './entering.ts'
import { HTTP, TUNNEL, WEBSOCKET } from './exchange.ts'
import type { Gateway } from './gateway.ts'
import { awaitAnswer, awaitedOn, inTurn } from './in-turn.routes.ts'
import {
  connectionsMaxCount,
  headMaxBytes,
  headTimeoutMs,
  keepAliveTimeoutMs,
  tcpKeepAliveDelayMs,
} from './limits.ts'
import { type Reply, send } from './reply.ts'
import { Http2Connections } from '#http2/connections.routes'
import { endFirmly, endLingering } from '#streams/linger'
import { acmeTls, type Entrance } from '#tls/entrance'
import { strictTransport } from '#tls/strict-transport'

export interface Listener {
  readonly server: Server
  /** Asks the clients of open HTTP/2 connections to send no more on them. */
  readonly retire: () => void
}

/** What a request enters with: the gateway, and the TLS side of the door if it has one. */
interface Door {
  readonly gateway: Gateway
  readonly entrance: Entrance | undefined
}

/** A server, not yet listening, that sends every request through the flow; with TLS if given. */
export function listener(gateway: Gateway, entrance?: Entrance): Listener {
  const http2 = new Http2Connections(gateway)
  const server = entrance
    ? createSecureServer({ ...http1, ...entrance.options })
    : createServer(http1)
  // Node would drop what is beyond, and then we would decide about another request than was sent.
  server.maxHeadersCount = 0
  server.maxConnections = connectionsMaxCount
  if (entrance) secure(server, { gateway, entrance }, http2)
  serveHttp1(server, { gateway, entrance })
  return { server, retire: () => http2.retire() }
}

const http1 = {
  insecureHTTPParser: false,
  // `rejectMalformed` refuses a missing `Host` as well, and says so in a problem.
  requireHostHeader: false,
  maxHeaderSize: headMaxBytes,
  headersTimeout: headTimeoutMs,
  // A long upload is bounded by how long it may pause, not by how long it takes.
  requestTimeout: 0,
  keepAliveTimeout: keepAliveTimeoutMs,
  connectionsCheckingInterval: headTimeoutMs / 5,
  keepAlive: true,
  keepAliveInitialDelay: tcpKeepAliveDelayMs,
  shouldUpgradeCallback: isWebSocket,
}

/** After the handshake, the protocol that it agreed on (RFC 7301) has the connection. */
function secure(
  server: Server,
  { gateway, entrance }: Door & { readonly entrance: Entrance },
  http2: Http2Connections,
): void {
  // INVARIANT: Node's only listener is the one that speaks HTTP/1.1 on a connection.
  const [speakHttp1] = server.listeners('secureConnection')
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol === 'h2') http2.serve(socket, entrance.peerOf(socket))
    // The handshake was all there is to prove.
    else if (socket.alpnProtocol === acmeTls) socket.destroy()
    else speakHttp1?.call(server, socket)
  })
  server.removeAllListeners('tlsClientError')
  server.on('tlsClientError', (error: Error & { code?: string }, socket: TLSSocket) => {
    gateway.metrics.handshakeFailed()
    gateway.log.debug({ code: error.code, name: socket.servername }, 'a TLS handshake failed')
    socket.destroy()
  })
}

function serveHttp1(server: Server, door: Door): void {
  const { gateway } = door
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    enterOverHttp(request, response, { expectsContinue: false }, door)
  }
  server.on('request', onRequest)
  server.on('checkExpectation', onRequest)
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    enterOverHttp(request, response, { expectsContinue: true }, door)
  })
  server.on('upgrade', (request, socket, head) => {
    const response = lastAnswer(request)
    if (!response) return
    const answer = (it: Reply): void => send({ request, response, isClosing: true }, it)
    endLingering(request, response)
    void enter(
      { ...arriving(request, response, door), entry: WEBSOCKET, answer, socket, head },
      gateway,
    )
  })
  server.on('connect', (request, _socket, head) => {
    const response = lastAnswer(request)
    if (!response) return
    const answer = (it: Reply): void => send({ request, response, isClosing: true }, it)
    endLingering(request, response)
    const { socket } = request
    void enter(
      { ...arriving(request, response, door), entry: TUNNEL, answer, socket, head },
      gateway,
    )
  })
  server.on('clientError', (error, socket) => answerBroken(error, socket, gateway.metrics))
}

/**
 * The answer to a request that wants the whole connection: if it is refused, the answer is an
 * ordinary one on a connection that ends with it. Undefined where the connection ended already.
 */
function lastAnswer(request: IncomingMessage): ServerResponse | undefined {
  // INVARIANT: this server listens on TCP only, so the connection is a `Socket`.
  const { socket } = request
  if (awaitedOn(socket).length > 0 || !socket.writable) {
    socket.destroy()
    return undefined
  }
  const response = new ServerResponse(request)
  awaitAnswer(response)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => {
    response.detachSocket(socket)
    endFirmly(socket)
  })
  socket.on('error', () => socket.destroy())
  return response
}

function enterOverHttp(
  request: IncomingMessage,
  response: ServerResponse,
  { expectsContinue }: { readonly expectsContinue: boolean },
  door: Door,
): void {
  endAfterDeclined(request, response)
  const answer = (it: Reply): void => {
    // Where a request can be read in two ways, so can where it ends (RFC 9112 §6.3); nor is known
    // whether a body follows that was announced and not asked for (RFC 9110 §10.1.1).
    send({ request, response, isClosing: expectsContinue || it.status === 400 }, it)
  }
  inTurn(response, () => {
    endLingering(request, response)
    void enter(
      { ...arriving(request, response, door), entry: HTTP, answer, expectsContinue },
      door.gateway,
    )
  })
}

function arriving(request: IncomingMessage, response: ServerResponse, { gateway, entrance }: Door) {
  const { socket } = request
  const tls = entrance && socket instanceof TLSSocket ? entrance.peerOf(socket) : undefined
  for (const [name, value] of strictTransport(tls)) response.setHeader(name, value)
  return {
    request,
    response,
    now: gateway.clock.now(),
    address: clientAddress(socket.remoteAddress),
    ...(tls ? { tls } : {}),
  }
}

// Any other protocol is not switched to: the request is served as the HTTP/1.1 it is (RFC 9110 §7.8).
function isWebSocket(request: IncomingMessage): boolean {
  const isAgreed = request.headers.upgrade?.toLowerCase() === 'websocket'
  if (!isAgreed) declineUpgrade(request)
  return isAgreed
}
