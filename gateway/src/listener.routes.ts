// The door: HTTP/1.1 as strictly as Node parses it, with every wait and size bounded. Each request
// becomes an arrival and enters the flow; what cannot be parsed is answered here, in the same words.
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Problem, type ProblemCode, problemDetails } from '@countersign/contract/problems'
import { flow } from './flow.ts'
import { type Arrival, HTTP, WEBSOCKET } from './exchange.ts'
import type { Gateway } from './gateway.ts'
import {
  connectionsMaxCount,
  headMaxBytes,
  headTimeoutMs,
  keepAliveTimeoutMs,
  tcpKeepAliveDelayMs,
} from './limits.ts'
import { detailsOf, type Reply, replyWithProblem, send } from './reply.ts'
import { endLingering } from '#streams/linger'

/** A server, not yet listening, that sends every request through the flow. */
export function listener(gateway: Gateway): Server {
  const server = createServer({
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
  })
  // Node would drop what is beyond, and then we would decide about another request than was sent.
  server.maxHeadersCount = 0
  server.maxConnections = connectionsMaxCount

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    enterOverHttp(request, response, { expectsContinue: false }, gateway)
  }
  server.on('request', onRequest)
  server.on('checkExpectation', onRequest)
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    enterOverHttp(request, response, { expectsContinue: true }, gateway)
  })
  server.on('upgrade', (request, socket, head) => {
    if (answering.get(socket)?.size) {
      socket.destroy()
      return
    }
    // A refusal is an ordinary answer on a connection that ends with it.
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    // INVARIANT: this server listens on TCP only, so the connection is a `Socket`.
    response.assignSocket(request.socket)
    response.once('finish', () => {
      response.detachSocket(request.socket)
      socket.end()
    })
    socket.on('error', () => socket.destroy())
    const answer = (it: Reply): void => send({ request, response, isClosing: true }, it)
    void enter(
      { ...arriving(request, response, gateway), entry: WEBSOCKET, answer, socket, head },
      gateway,
    )
  })
  server.on('connect', (_request, socket) => {
    gateway.metrics.malformed('method')
    answerRaw(socket, 'request.malformed', '`CONNECT` is not served')
  })
  server.on('clientError', (error: Error & { code?: string }, socket) => {
    const fault = parserFaults[error.code ?? ''] ?? 'request.malformed'
    if (error.code !== 'ECONNRESET') gateway.metrics.malformed(error.code ?? 'unknown')
    answerRaw(socket, fault, 'the request is not HTTP/1.1 as RFC 9112 defines it')
  })
  return server
}

function enterOverHttp(
  request: IncomingMessage,
  response: ServerResponse,
  { expectsContinue }: { readonly expectsContinue: boolean },
  gateway: Gateway,
): void {
  // Whether the body follows that was announced is not known (RFC 9110 §10.1.1), so nothing behind
  // this request can be told apart from it.
  const answer = (it: Reply): void => send({ request, response, isClosing: expectsContinue }, it)
  void enter(
    { ...arriving(request, response, gateway), entry: HTTP, answer, expectsContinue },
    gateway,
  )
}

async function enter(arrival: Arrival, gateway: Gateway): Promise<void> {
  endLingering(arrival.request, arrival.response)
  try {
    await flow.run(arrival, gateway)
  } catch (error) {
    if (!(error instanceof Problem)) {
      gateway.log.error({ err: error }, 'a request failed unexpectedly and was refused')
    }
    refuseSafely(arrival, error, gateway)
  }
}

// Whatever happens, the client gets an answer or loses the connection; nothing hangs.
function refuseSafely(arrival: Arrival, error: unknown, { log, metrics }: Gateway): void {
  const details = detailsOf(error)
  metrics.answeredWithProblem(details.code)
  try {
    if (arrival.response.headersSent) arrival.response.destroy()
    else replyWithProblem(arrival, details)
  } catch (failure) {
    log.error({ err: failure }, 'a refusal could not be sent; the connection is closed')
    arrival.request.socket.destroy()
  }
}

function arriving(request: IncomingMessage, response: ServerResponse, { clock }: Gateway) {
  const { socket } = request
  const others = answering.get(socket) ?? new Set()
  answering.set(socket, others.add(response))
  response.once('close', () => others.delete(response))
  // Writing to a client that has just gone is no mistake of ours; `close` tells.
  response.on('error', () => {})
  return {
    request,
    response,
    now: clock.now(),
    address: clientAddress(socket.remoteAddress),
  }
}

/** Answers in progress, by connection: a client may send its next request before they end. */
const answering = new WeakMap<Duplex, Set<ServerResponse>>()

/** IPv4 in its own form also where it came through an IPv6 socket; without a zone. */
function clientAddress(remote: string | undefined): string {
  return (remote ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
}

// Any other protocol is not switched to: the request is served as the HTTP/1.1 it is (RFC 9110 §7.8).
function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

const parserFaults: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'request.headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'request.too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request.timeout',
}

function answerRaw(socket: Duplex, code: ProblemCode, detail: string): void {
  // Nothing may come between the parts of an answer that has begun.
  const begun = [...(answering.get(socket) ?? [])].some(({ headersSent }) => headersSent)
  if (!socket.writable || begun) {
    socket.destroy()
    return
  }
  const details = problemDetails(code, { detail })
  const body = JSON.stringify(details)
  socket.end(
    [
      `HTTP/1.1 ${details.status} ${code}`,
      'content-type: application/problem+json',
      'cache-control: no-store',
      'connection: close',
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
    () => socket.destroy(),
  )
}
