// A WebSocket that was allowed: the handshake goes to the application, and once both agree, their
// bytes are joined for as long as the access holds.
import { STATUS_CODES } from 'node:http'
import type { Decided, WEBSOCKET } from '#exchange'
import type { Gateway } from '#gateway'
import { type Answered, answered } from '#grid'
import { upstreamHeadMaxBytes, webSocketIdleTimeoutMs } from '#limits'
import { detailsOf, replyWithProblem } from '#reply'
import { accessEnded, type Closing, credentialChanged, goingAway } from '#streams/frames'
import type { CutReason, OpenStream } from '#streams/open-streams'
import { WebSocketTunnel } from '#streams/tunnel'
import { isOutOfReach, problemOf } from '#upstream/failures'
import { responseHeaders } from '#upstream/response-headers'
import { type HandshakeResult, shakeHands } from '#upstream/websocket.client'
import { toUpstream } from './to-upstream.ts'

type Means = Pick<
  Gateway,
  | 'upstreams'
  | 'assertions'
  | 'upstreamCredentials'
  | 'upstreamHealth'
  | 'streams'
  | 'randomBytes'
  | 'metrics'
  | 'clock'
>
type Opening = Decided<typeof WEBSOCKET>
type Agreed = Extract<HandshakeResult, { readonly kind: 'agreed' }>

/** Opens the WebSocket and stays with it until it ends. */
export async function proxyWebSocket(known: Opening, means: Means): Promise<Answered> {
  const { request, socket, application, decision, subject } = known
  const isStillSignedIn = means.upstreamCredentials.signedInAs(application, subject)
  const { upstream, path, headers } = await toUpstream(known, means)
  const clientGone = new AbortController()
  const onClose = (): void => clientGone.abort()
  socket.once('close', onClose)
  try {
    const result = await shakeHands({
      upstream: upstream.origin,
      tls: upstream.tls,
      path,
      headers,
      key: request.headers['sec-websocket-key'] ?? '',
      headMaxBytes: upstreamHeadMaxBytes,
      timeoutMs: upstream.headTimeoutMs,
      signal: clientGone.signal,
    })
    socket.off('close', onClose)
    upstream.circuit.answered()
    if (result.kind === 'answered') await passAnswer(known, result)
    else
      await joinBoth({ ...known, ...(isStillSignedIn ? { isStillSignedIn } : {}) }, result, means)
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error))
    if (isOutOfReach(cause)) upstream.circuit.failed(means.clock.now())
    const failure = problemOf(cause, application.name)
    means.metrics.upstreamFailed(failure.code)
    replyWithProblem(known, detailsOf(failure, decision))
  }
  return answered
}

async function joinBoth(
  known: Opening & Pick<OpenStream, 'isStillSignedIn'>,
  { answer, socket, head }: Agreed,
  { streams, randomBytes, clock }: Means,
): Promise<void> {
  const { application, decision, request, response, socket: client, isStillSignedIn } = known
  if (client.destroyed) {
    socket.destroy()
    return
  }
  // From here on the connection is not HTTP's any more.
  response.detachSocket(request.socket)
  client.write(
    headText(101, responseHeaders(answer.rawHeaders, { application: application.id, decision })),
  )
  const tunnel = new WebSocketTunnel({
    client,
    upstream: socket,
    idleTimeoutMs: webSocketIdleTimeoutMs,
    randomBytes,
  })
  tunnel.begin(head)
  const unwatch = streams.add({
    opened: known,
    from: clock.now(),
    isCuttable: () => true,
    ...(isStillSignedIn ? { isStillSignedIn } : {}),
    cut: (why) => tunnel.cut(closings[why]),
  })
  await tunnel.ended
  unwatch()
}

// An application that does not agree has answered; its answer ends this connection.
async function passAnswer(
  { response, application, decision }: Opening,
  { answer }: Extract<HandshakeResult, { readonly kind: 'answered' }>,
): Promise<void> {
  const headers = responseHeaders(answer.rawHeaders, { application: application.id, decision })
  response.writeHead(answer.statusCode ?? 502, [...headers, 'connection', 'close'])
  answer.pipe(response)
  await new Promise<void>((resolve) => {
    response.once('close', () => {
      answer.destroy()
      resolve()
    })
    answer.once('error', () => response.destroy())
  })
}

const closings: Readonly<Record<CutReason, Closing>> = {
  'access-ended': accessEnded,
  'credential-changed': credentialChanged,
  stopping: goingAway,
}

function headText(status: number, headers: readonly string[]): string {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`]
  for (let index = 0; index < headers.length; index += 2) {
    lines.push(`${headers[index] ?? ''}: ${headers[index + 1] ?? ''}`)
  }
  return `${[...lines, 'connection: Upgrade', 'upgrade: websocket'].join('\r\n')}\r\n\r\n`
}
