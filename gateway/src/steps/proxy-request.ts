// The access is allowed and on record: the request goes to the application, with our word about
// who sends it.
import { ownApplication } from '@countersign/contract/actions'
import { sequenceHeader } from '@countersign/contract/session'
import type { Decided, HTTP } from '#exchange'
import type { Gateway } from '#gateway'
import { type Answered, answered } from '#grid'
import {
  downloadIdleTimeoutMs,
  ownWritesTimeoutMs,
  streamFromAgeMs,
  uploadIdleTimeoutMs,
} from '#limits'
import { detailsOf, replyWithProblem } from '#reply'
import { isOutOfReach, problemOf } from '#upstream/failures'
import { forward } from '#upstream/forward.client'
import { responseHeaders, valueOf } from '#upstream/response-headers'
import { passedRequestTrailers } from '#upstream/trailers'
import { hasBody } from '#upstream/upload'
import { toUpstream } from './to-upstream.ts'

type Means = Pick<
  Gateway,
  | 'upstreams'
  | 'assertions'
  | 'upstreamCredentials'
  | 'upstreamHealth'
  | 'streams'
  | 'facts'
  | 'clock'
  | 'metrics'
>

/** Forwards the request and its answer. */
export async function proxyRequest(known: Decided<typeof HTTP>, means: Means): Promise<Answered> {
  const { request, response, application, decision, expectsContinue, now, subject } = known
  const isStillSignedIn = means.upstreamCredentials.signedInAs(application, subject)
  const going = toUpstream(known, means)
  const { upstream, path, headers } = going instanceof Promise ? await going : going
  // The client may send its body now, and not before the decision allowed it (RFC 9110 §10.1.1).
  if (expectsContinue && hasBody(request)) response.writeContinue()
  let unwatch = (): void => {}
  let isEndless = false
  try {
    await forward({
      request,
      response,
      pool: upstream.pool,
      path,
      headers,
      uploadIdleTimeoutMs,
      downloadIdleTimeoutMs,
      trailers: () =>
        passedRequestTrailers(request.rawTrailers, {
          connection: request.headers.connection,
          isIdentity: (name) => known.estate.isIdentityHeader(name),
        }),
      answer: (raw) => {
        upstream.circuit.answered()
        isEndless = valueOf(raw, 'content-type')?.startsWith('text/event-stream') ?? false
        const passed = responseHeaders(raw, { application: application.id, decision })
        const sequence =
          application.id === ownApplication ? valueOf(raw, sequenceHeader) : undefined
        return sequence === undefined ? passed : afterOwnWrites(passed, sequence, means)
      },
      onBegin: (cut) => {
        unwatch = means.streams.add({
          opened: known,
          from: now + streamFromAgeMs,
          // An answer that has not begun may be the very change that ends the access.
          isCuttable: () => response.headersSent || !request.complete,
          ...(isStillSignedIn ? { isStillSignedIn } : {}),
          cut: (why) => {
            if (why !== 'stopping' || isEndless) cut(new Error(why))
          },
        })
      },
    })
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error))
    if (isOutOfReach(cause)) upstream.circuit.failed(means.clock.now())
    const failure = problemOf(cause, application.name)
    means.metrics.upstreamFailed(failure.code)
    replyWithProblem(known, detailsOf(failure, decision))
  } finally {
    unwatch()
  }
  return answered
}

// Whoever changed something sees the change in the next request, also at this gateway.
async function afterOwnWrites(
  headers: string[],
  sequence: string,
  { facts }: Means,
): Promise<string[]> {
  if (/^\d{1,15}$/.test(sequence)) await facts.reach(Number(sequence), ownWritesTimeoutMs)
  return headers
}
