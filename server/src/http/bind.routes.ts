// Binds the declared routes to what answers them: who calls, whether they may, what they sent,
// what comes back. A declared route without an answer is an error at start.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { proofHeader } from '@countersign/contract/dpop'
import { allRoutes } from '@countersign/contract/openapi'
import { problem } from '@countersign/contract/problems'
import { defaultBodyMaxBytes, type Route, type RouteInput } from '@countersign/contract/route'
import { sequenceHeader } from '@countersign/contract/session'
import type { Caller } from './caller.ts'
import { takeForms } from './forms.ts'
import { isCrossSite } from './headers.ts'
import type { Exchange, Implementation, Reply } from './implement.ts'
import { within } from './patience.job.ts'
import { permit, type PermitOptions } from './permit.ts'

export interface BindOptions {
  readonly implementations: readonly Implementation[]
  /** Who calls; undefined where nothing was presented. */
  readonly identify: (request: FastifyRequest) => Promise<Caller | undefined>
  readonly permit: PermitOptions
  readonly now: () => number
  /** Scheme, host and port of the console. */
  readonly ownOrigin: string
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal
  /** Routes that answer callers who present nothing. */
  readonly withoutCaller: ReadonlySet<Route>
}

const eventHeartbeatMs = 15_000

/**
 * Adds every declared route to `app`.
 * @throws Error naming each declared route that has no implementation.
 */
export function bindRoutes(app: FastifyInstance, options: BindOptions): void {
  const byRoute = new Map(options.implementations.map((it) => [it.route, it]))
  const missing = allRoutes().filter(({ route }) => !byRoute.has(route))
  if (missing.length > 0) {
    const names = missing.map(({ pillar, name }) => `${pillar}.${name}`).join('`, `')
    throw new Error(`no implementation of \`${names}\`: mount the module that has it`)
  }
  for (const implementation of byRoute.values()) {
    if (implementation.route.dialect === undefined) bind(app, implementation, options)
    else {
      void app.register(async (scope) => {
        takeForms(scope)
        bind(scope, implementation, options)
      })
    }
  }
}

function bind(app: FastifyInstance, { route, answer }: Implementation, options: BindOptions): void {
  app.route({
    method: route.method,
    url: route.path,
    bodyLimit: route.bodyMaxBytes ?? defaultBodyMaxBytes,
    config: { route },
    // Before the body is read: whoever may not pass does not get to send one.
    onRequest: async (request) => {
      request.receivedAt = options.now()
      request.caller = await letIn(request, route, options)
    },
    handler: async (request, response) => {
      const { caller, receivedAt } = request
      if (!caller) throw new Error('a request reached its handler without a caller')
      const gone = new AbortController()
      response.raw.once('close', () => gone.abort())
      const answering = new ReplyTo(response)
      const exchange: Exchange = {
        caller,
        now: receivedAt,
        reply: answering,
        signal: AbortSignal.any([gone.signal, options.stopping]),
        rawQuery: afterQuestionMark(request.url),
        cookie: (name) => cookieOf(name, valuesOf('cookie', request.raw.rawHeaders)),
        proofs: valuesOf(proofHeader, request.raw.rawHeaders),
        requestId: request.id,
      }
      const result = await answer(readInput(route, request), exchange)
      return write(response, route, result, answering)
    },
  })
}

function afterQuestionMark(url: string): string {
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark + 1)
}

// A cookie that is there twice was set by two, of whom one may be somebody else.
function cookieOf(name: string, headers: readonly string[]): string | undefined {
  const [first, second] = headers
    .flatMap((header) => header.split(';'))
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
  return second === undefined ? first?.slice(name.length + 1) : undefined
}

/** Every value of a header, also where it is there more than once. */
function valuesOf(name: string, rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name,
  )
}

async function letIn(request: FastifyRequest, route: Route, options: BindOptions): Promise<Caller> {
  const caller = await options.identify(request)
  if (route.method !== 'GET' && route.dialect !== 'form' && caller?.kind === 'visitor') {
    const { origin, 'sec-fetch-site': site } = request.headers
    if (isCrossSite({ origin, site: one(site) }, options.ownOrigin)) {
      throw problem('access.cross_site')
    }
  }
  if (!caller && options.withoutCaller.has(route)) {
    return {
      kind: 'visitor',
      subject: { kind: 'anonymous' },
      address: request.raw.socket.remoteAddress ?? '0.0.0.0',
      host: '',
    }
  }
  const path = request.url.split('?', 1)[0] ?? '/'
  return permit({ route, caller, path, now: request.receivedAt }, options.permit)
}

function readInput(route: Route, request: FastifyRequest): RouteInput<Route> {
  return {
    params: read('path', route.params, request.params),
    query: read('query', route.query, request.query),
    body: read('body', route.body, request.body),
  } as RouteInput<Route>
}

const issuesShown = 3

function read(place: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return undefined
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  // The value is not repeated: it may be personal, and the caller has it.
  const issues = parsed.error.issues
    .slice(0, issuesShown)
    .map(({ path, message }) => `\`${[place, ...path.map(String)].join('.')}\`: ${message}`)
  throw problem('request.malformed', issues.join('; '))
}

/** What Fastify is told while a route answers. */
class ReplyTo implements Reply {
  readonly #response: FastifyReply
  redirected: string | undefined
  html: string | undefined

  constructor(response: FastifyReply) {
    this.#response = response
  }

  cookie(name: string, value: string, maxAgeSeconds: number): void {
    void this.#response.header(
      'set-cookie',
      `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; Secure; SameSite=Lax`,
    )
  }

  sequence(position: number): void {
    void this.#response.header(sequenceHeader, String(position))
  }

  redirect(url: string): void {
    this.redirected = url
  }

  page(html: string, contentSecurityPolicy: string): void {
    this.html = html
    void this.#response.header('content-security-policy', contentSecurityPolicy)
  }
}

async function write(
  response: FastifyReply,
  { output, path }: Route,
  result: unknown,
  { redirected, html }: ReplyTo,
): Promise<FastifyReply> {
  switch (output.kind) {
    case 'json': {
      const checked = output.schema.safeParse(result)
      if (!checked.success) {
        throw new Error(`the answer of \`${path}\` is invalid: ${z.prettifyError(checked.error)}`)
      }
      return response
        .header('content-type', 'application/json')
        .send(Buffer.from(JSON.stringify(checked.data)))
    }
    case 'page':
      if (redirected !== undefined) return response.redirect(redirected, 303)
      if (html === undefined) throw new Error(`\`${path}\` answered without a page`)
      return response
        .header('cache-control', 'no-store')
        .type('text/html; charset=utf-8')
        .send(html)
    case 'redirect':
      if (redirected === undefined) throw new Error(`\`${path}\` answered without a redirect`)
      return response.redirect(redirected, 303)
    case 'text': {
      void response.header('content-type', output.mediaType)
      return response.send(
        typeof result === 'string' ? result : Readable.from(result as AsyncIterable<string>),
      )
    }
    case 'events': {
      void response.header('content-type', 'text/event-stream')
      const events = result as AsyncIterable<unknown>
      return response.send(Readable.from(serverSentEvents(events, output.event)))
    }
  }
}

// A comment line now and then keeps proxies from closing a silent stream (WHATWG HTML §9.2.7).
async function* serverSentEvents(
  events: AsyncIterable<unknown>,
  schema: z.ZodType,
): AsyncGenerator<string> {
  const iterator = events[Symbol.asyncIterator]()
  yield ': open\n\n'
  try {
    let next = iterator.next()
    for (;;) {
      const result = await within(eventHeartbeatMs, next)
      if (result === 'late') {
        yield ': still open\n\n'
        continue
      }
      if (result.done) return
      yield `data: ${JSON.stringify(z.parse(schema, result.value))}\n\n`
      next = iterator.next()
    }
  } finally {
    await iterator.return?.()
  }
}

function one(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'object' ? header[0] : header
}

declare module 'fastify' {
  interface FastifyRequest {
    receivedAt: number
    caller: Caller | undefined
  }
  interface FastifyContextConfig {
    route?: Route
  }
}
