// A tunnel that was allowed: a connection to the one destination of the application, joined with
// the client's for as long as the access holds.
import type { DecisionRecord } from '@countersign/contract/decision'
import { problem, type Problem } from '@countersign/contract/problems'
import { decisionHeader } from '@countersign/contract/session'
import type { Socket } from 'node:net'
import type { Decided, TUNNEL } from '#exchange'
import type { Gateway } from '#gateway'
import { type Answered, answered } from '#grid'
import {
  tcpKeepAliveDelayMs,
  tunnelHalfClosedTimeoutMs,
  tunnelIdleTimeoutMs,
  tunnelMaxAgeMs,
} from '#limits'
import { detailsOf, replyWithProblem } from '#reply'
import { TcpTunnel, type TunnelEnd } from '#streams/tcp-tunnel'
import { presentedToken } from '#tunnel/bearer'
import { destinationOf, isSameDestination } from '#tunnel/destination'
import { dial } from '#tunnel/dial.client'
import { problemOf } from '#upstream/failures'

type Means = Pick<Gateway, 'upstreams' | 'streams' | 'endings' | 'metrics' | 'clock'>
type Opening = Decided<typeof TUNNEL>

/** Opens the tunnel and stays with it until it ends. */
export async function openTunnel(known: Opening, means: Means): Promise<Answered> {
  const { application, decision, socket: client } = known
  const destination = destinationOf(application)
  if (!destination) throw problem('route.unknown_host')
  const gone = new AbortController()
  const onClose = (): void => gone.abort()
  client.once('close', onClose)
  let tunnel: TcpTunnel | undefined
  let record: Promise<DecisionRecord | undefined> = Promise.resolve(undefined)
  // Watched from here on: an access may also end while the connection is still being made.
  const unwatch = means.streams.add({
    opened: known,
    from: known.now,
    isCuttable: () => true,
    stillLeads: (estate) => {
      const current = estate.get('application', application.id)
      return current !== undefined && isSameDestination(destinationOf(current), destination)
    },
    cut: (why, recorded = record) => {
      record = recorded
      gone.abort()
      // No credential is put into bytes that nobody understands, so none of them changes.
      tunnel?.end(why === 'stopping' ? why : 'access-ended')
    },
  })
  try {
    const upstream = await dial(destination, {
      timeoutMs: means.upstreams.timeouts.connectTimeoutMs,
      keepAliveDelayMs: tcpKeepAliveDelayMs,
      signal: gone.signal,
    })
    client.off('close', onClose)
    tunnel = join(known, upstream, means)
    if (gone.signal.aborted) tunnel.end('access-ended')
    remember(known, await tunnel.ended, record, means)
  } catch (error) {
    const failure = problemOfDialling(error, { wasCut: gone.signal.aborted, application })
    means.metrics.upstreamFailed(failure.code)
    replyWithProblem(known, detailsOf(failure, decision))
  } finally {
    unwatch()
  }
  return answered
}

function join(
  { response, request, socket: client, decision }: Opening,
  upstream: Socket,
  { metrics }: Means,
): TcpTunnel {
  // From here on the connection is not HTTP's any more.
  response.detachSocket(request.socket)
  client.setNoDelay(true)
  // HTTP over TLS ends both directions with one; a tunnel must not.
  client.allowHalfOpen = true
  // RFC 9110 §9.3.6: no length and no coding, for the tunnel begins right behind this head.
  client.write(`HTTP/1.1 200 Connected\r\n${decisionHeader}: ${decision}\r\n\r\n`)
  return new TcpTunnel({
    client,
    upstream,
    idleTimeoutMs: tunnelIdleTimeoutMs,
    halfClosedTimeoutMs: tunnelHalfClosedTimeoutMs,
    maxAgeMs: tunnelMaxAgeMs,
    onBytes: (direction, bytes) => metrics.tunnelBytes(direction, bytes),
  })
}

function remember(
  { request, decision }: Opening,
  why: TunnelEnd,
  record: Promise<DecisionRecord | undefined>,
  { endings, metrics, clock }: Means,
): void {
  metrics.tunnelEnded(why)
  const presented = presentedToken(request)
  if (why === 'closed' || presented === undefined) return
  endings.keep(decision, presented, { why, at: clock.now(), record })
}

function problemOfDialling(
  error: unknown,
  { wasCut, application }: { readonly wasCut: boolean } & Pick<Opening, 'application'>,
): Problem {
  if (wasCut) return problem('access.denied', 'the access ended while the tunnel was being opened')
  const cause = error instanceof Error ? error : new Error(String(error))
  return problemOf(cause, application.name)
}
