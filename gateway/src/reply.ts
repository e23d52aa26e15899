// How the gateway answers by itself: a page to a person, a problem to a program, and always
// nothing to keep for later.
import { Problem, type ProblemDetails } from '@countersign/contract/problems'
import { decisionHeader } from '@countersign/contract/session'
import {
  type Arrival,
  EXTERNAL,
  HTTP,
  type HttpResponse,
  type RequestHead,
  TUNNEL,
} from './exchange.ts'
import { pageHeaders } from '#refusal/layout'
import { problemPage } from '#refusal/problem-page'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string
}

/** Whether a person is looking: a document is wanted, not data for a script. */
export function isForPerson({
  entry,
  request: { headers },
}: Pick<Arrival, 'entry' | 'request'>): boolean {
  if (entry !== HTTP && entry !== EXTERNAL) return false
  const mode = headers['sec-fetch-mode']
  return /\btext\/html\b/i.test(headers.accept ?? '') && (mode === undefined || mode === 'navigate')
}

/** Whether a person went to an address, so that they may be taken elsewhere and back. */
export function isNavigation(arrival: Pick<Arrival, 'entry' | 'request'>): boolean {
  return arrival.request.method === 'GET' && isForPerson(arrival)
}

/** Answers with a problem, as a page or as RFC 9457 says. */
export function replyWithProblem(
  arrival: Pick<Arrival, 'entry' | 'request' | 'answer' | 'now'>,
  given: ProblemDetails,
  headers: Reply['headers'] = {},
): void {
  const details = arrival.entry === TUNNEL ? asFromProxy(given) : given
  const decision = details.instance
  const body = isForPerson(arrival)
    ? { headers: pageHeaders, body: problemPage(details, { decision, at: arrival.now }) }
    : { headers: problemHeaders, body: JSON.stringify(details) }
  arrival.answer({
    status: details.status,
    headers: {
      ...body.headers,
      ...challengeOf(details),
      ...(decision === undefined ? {} : { [decisionHeader]: decision }),
      ...headers,
    },
    body: body.body,
  })
}

/** Answers with what a step threw; what is no problem of the catalogue is one of ours. */
export function detailsOf(error: unknown, decision?: string): ProblemDetails {
  const known = error instanceof Problem ? error : new Problem('access.undecidable', undefined, {})
  return known.toDetails(decision)
}

/** Sends an answer over HTTP, unless one was begun. */
export function send(
  { request, response, isClosing }: Sending,
  { status, headers, body }: Reply,
): void {
  if (response.headersSent || response.destroyed) return
  const bytes = Buffer.from(body)
  response.writeHead(status, {
    'cache-control': 'no-store',
    vary: 'accept, sec-fetch-mode',
    ...headers,
    'content-length': bytes.length,
    ...(isClosing ? { connection: 'close' } : {}),
  })
  response.end(request.method === 'HEAD' || bytes.length === 0 ? undefined : bytes)
}

interface Sending {
  readonly request: RequestHead
  readonly response: HttpResponse
  /** Whether the connection ends with this answer. */
  readonly isClosing: boolean
}

const problemHeaders = {
  'content-type': 'application/problem+json',
  'x-content-type-options': 'nosniff',
} as const

// RFC 9110 §15.5.8: to whom a `CONNECT` is sent is a proxy, and asks for credentials as one.
function asFromProxy(details: ProblemDetails): ProblemDetails {
  return details.status === 401 ? { ...details, status: 407 } : details
}

// RFC 9110 §15.5.2: a 401 says how to authenticate; RFC 9470 §3: that a fresher sign-in is needed.
function challengeOf({ code, status }: ProblemDetails): Record<string, string> {
  if (status !== 401 && status !== 407) return {}
  return {
    [status === 407 ? 'proxy-authenticate' : 'www-authenticate']:
      code === 'access.step_up_required'
        ? 'Bearer error="insufficient_user_authentication", error_description="a fresh sign-in with a passkey is required"'
        : 'Bearer',
  }
}
