// The door for the proxies that ask: a listener of its own, where only who shows the secret is
// listened to, and what a proxy says of a request counts.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { answerHeader, answerPath, proxies, secretHeader } from '@countersign/contract/external'
import { problem } from '@countersign/contract/problems'
import type { Secret } from '@countersign/contract/secret'
import { answerBroken } from '#broken.routes'
import { declineUpgrade, endAfterDeclined } from '#declined-upgrade'
import { inTurn } from '#in-turn.routes'
import type { Gateway } from '#gateway'
import { askingTimeoutMs, connectionsMaxCount, headMaxBytes, keepAliveTimeoutMs } from '#limits'
import { type Reply, send } from '#reply'
import { faultOfFraming } from '#steps/reject-malformed'
import { endLingering } from '#streams/linger'
import { type Adapter, adapters } from './adapters.ts'
import { ask } from './ask.ts'
import { answerAuthzen, isAuthzen } from './authzen.routes.ts'
import type { KeptAnswers } from './kept-answers.ts'
import { grpcDoor } from './grpc.routes.ts'
import { problemReply } from './problem-reply.ts'
import { judgeOf } from './proxy-secret.ts'

export interface ExternalDoor {
  /** Not yet listening. */
  readonly server: Server
  /** Ends every connection. */
  readonly close: () => Promise<void>
}

/** The server that answers the questions of other proxies. */
export function externalListener(secret: Secret, gateway: Gateway): ExternalDoor {
  const isSecret = judgeOf(secret)
  const kept = gateway.keptAnswers
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    if (!/^(?:100-continue)?$/i.test(request.headers.expect ?? '')) {
      throw problem('request.malformed', 'the only expectation understood is `100-continue`')
    }
    const fault = faultOfFraming(request)
    if (fault) throw problem(fault.code, fault.detail)
    if (!isSecret(secretOf(request))) throw problem('external.not_authenticated')
    const url = request.url ?? ''
    const authorized = answerAuthzen(url, request, gateway)
    if (authorized) return authorized
    if (url === answerPath) return keptAnswer(request, kept)
    const check = checkOf(url)
    if (check) return answerCheck(check, request, kept, gateway)
    throw problem('request.not_found')
  }

  const onQuestion = (request: IncomingMessage, response: ServerResponse): void => {
    endAfterDeclined(request, response)
    // A question is answered when those before it are, and not at all behind the last one.
    inTurn(response, () => {
      endLingering(request, response)
      if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue()
      respond(answer(request), request, response, gateway)
    })
  }
  const server = createServer(
    {
      insecureHTTPParser: false,
      requireHostHeader: false,
      // Room for what the proxy adds to a head that the client may send.
      maxHeaderSize: 2 * headMaxBytes,
      headersTimeout: askingTimeoutMs,
      requestTimeout: askingTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      // No other protocol is switched to: the question is answered as the HTTP/1.1 it is.
      shouldUpgradeCallback(request) {
        declineUpgrade(request)
        return false
      },
    },
    onQuestion,
  )
  server.on('checkContinue', onQuestion)
  server.on('checkExpectation', onQuestion)
  server.on('clientError', (error, socket) => answerBroken(error, socket, gateway.metrics))
  server.maxHeadersCount = 0
  server.maxConnections = connectionsMaxCount
  const grpc = grpcDoor(isSecret, gateway)
  const connections = speakBoth(server, grpc.take)
  return {
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        grpc.close()
        // Those that speak HTTP/2, or have not spoken yet, are on no list of the server's.
        for (const connection of connections) connection.destroy()
      }),
  }
}

const preface = 'PRI * HTTP/2.0'

// HTTP/2 with prior knowledge begins with words that no HTTP/1.1 request begins with (RFC 9113 §3.4).
function speakBoth(server: Server, takeHttp2: (connection: Socket) => void): ReadonlySet<Socket> {
  const connections = new Set<Socket>()
  const [takeHttp1] = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.setTimeout(askingTimeoutMs, () => socket.destroy())
    let first = Buffer.alloc(0)
    // Whoever leaves before the first words are whole asks nothing.
    const leave = (): void => void socket.destroy()
    socket.once('end', leave)
    const look = (): void => {
      const chunk: unknown = socket.read()
      if (chunk instanceof Buffer) first = Buffer.concat([first, chunk])
      const begun = first.toString('latin1', 0, preface.length)
      const isHttp2 = preface.startsWith(begun)
      if (isHttp2 && begun.length < preface.length) return
      socket.off('readable', look)
      socket.off('end', leave)
      socket.setTimeout(0)
      socket.removeAllListeners('timeout')
      socket.unshift(first)
      if (isHttp2) takeHttp2(socket)
      else takeHttp1?.call(server, socket)
    }
    socket.on('readable', look)
  })
  return connections
}

interface Check {
  readonly adapter: Adapter
  readonly route: string
  /** What follows the route: for some proxies the original target. */
  readonly rest: string
}

const checkPattern = new RegExp(`^/check/(${proxies.join('|')})/([^/?#]+)(.*)$`, 's')

function checkOf(url: string): Check | undefined {
  const [, proxy, encoded, rest = ''] = checkPattern.exec(url) ?? []
  const known = proxies.find((it) => it === proxy)
  const route = decoded(encoded ?? '')
  return known === undefined || route === undefined
    ? undefined
    : { adapter: adapters[known], route, rest }
}

async function answerCheck(
  { adapter, route, rest }: Check,
  request: IncomingMessage,
  kept: KeptAnswers,
  gateway: Gateway,
): Promise<Reply> {
  const keep = (reply: Reply): string => kept.keep(reply)
  let told: ReturnType<Adapter['read']>
  try {
    told = adapter.read(request, rest)
  } catch (error) {
    return adapter.write(problemReply(error, gateway.metrics), keep)
  }
  const reply = await ask({ ...told, route, removes: adapter.removes }, gateway)
  return adapter.write(reply, keep)
}

async function keptAnswer(request: IncomingMessage, kept: KeptAnswers): Promise<Reply> {
  const id = request.headers[answerHeader]
  const reply = typeof id === 'string' ? await kept.take(id) : undefined
  if (!reply) throw problem('external.answer_gone')
  return reply
}

function respond(
  answering: Promise<Reply>,
  request: IncomingMessage,
  response: ServerResponse,
  { log, metrics }: Gateway,
): void {
  // Writing to a proxy that has just gone is no mistake of ours.
  response.on('error', () => {})
  answering
    .catch((error: unknown) => {
      const reply = problemReply(error, metrics)
      if (reply.status >= 500) log.error({ err: error }, 'a proxy was refused its answer')
      return reply
    })
    // Where a question can be read in two ways, so can where it ends (RFC 9112 §6.3).
    .then((reply) => send({ request, response, isClosing: reply.status === 400 }, reply))
    .catch((error: unknown) => {
      log.error({ err: error }, 'an answer could not be sent to a proxy')
      response.destroy()
    })
}

// A program that asks in its own name may use `Authorization`; in a check that is the client's.
function secretOf({ headers, url }: IncomingMessage): string | undefined {
  const value = headers[secretHeader]
  if (typeof value === 'string') return value
  return isAuthzen(url ?? '') ? /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] : undefined
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
