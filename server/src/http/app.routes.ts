// One HTTP application, made twice: for the network and for the control socket. They differ in
// who may be calling and in nothing else.
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import type { IdSource } from '@countersign/contract/ids'
import { newId } from '@countersign/contract/ids'
import { openApi } from '@countersign/contract/openapi'
import { problem, type Problem } from '@countersign/contract/problems'
import { assertionHeader } from '@countersign/contract/session'
import type { Log } from '#log'
import { bindRoutes, type BindOptions } from './bind.routes.ts'
import type { ConsoleFiles } from './console.file.ts'
import { serveConsole } from './console.routes.ts'
import { securityHeaders } from './headers.ts'
import type { Handle } from './listen.ts'
import { livePath, liveAnswer, readyPath } from './listen.ts'
import { type Mount, serveMount } from './mount.ts'
import type { Metrics } from './metrics.ts'
import { referencePage } from './reference.ts'
import { problemBody, problemMediaType, problemOf } from './refuse.ts'

export interface AppOptions extends BindOptions {
  readonly ids: IdSource
  readonly log: Log
  readonly metrics: Metrics
  /** Answers where the console is; undefined on the control socket. */
  readonly console: ConsoleFiles | undefined
  /** Protocols that answer by themselves under a path of their own; not on the control socket. */
  readonly mounts: readonly Mount[]
  /** Throws while the store does not answer. */
  readonly ready: () => Promise<void>
  /** Whether this application answers the control socket. */
  readonly control: boolean
}

const parameterMaxCharacters = 256

/** The header that carries the id of a request, for the operator. */
const requestHeader = 'countersign-request'

/** Builds the application; what it answers with is given to a listener. */
export async function createApp(options: AppOptions): Promise<{
  readonly handle: Handle
  readonly close: () => Promise<void>
}> {
  const { ids, log } = options
  const app = fastify({
    logger: false,
    requestIdHeader: false,
    genReqId: () => newId('request', ids),
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: parameterMaxCharacters },
    frameworkErrors: (error, request, response) => {
      const found = problemOf(error)
      refuse(request, found, error)
      // Before any route is found there are no hooks either.
      response.hijack()
      response.raw
        .writeHead(found.status, { ...securityHeaders, 'content-type': problemMediaType })
        .end(problemBody(found, request.id))
    },
  })
  // A page of another site can send plain text without asking first; it cannot send JSON.
  app.removeContentTypeParser('text/plain')
  app.decorateRequest('receivedAt', 0)
  app.decorateRequest('caller')

  const refuse = (request: FastifyRequest, found: Problem, error: unknown): void => {
    const fields = { requestId: request.id, code: found.code, route: routeOf(request) }
    if (found.status < 500) log.debug(fields, 'a request was refused')
    else log.error({ ...fields, error: describe(error) }, 'a request failed')
  }

  app.addHook('onRequest', async (request, response) => {
    void response.headers({ ...securityHeaders, [requestHeader]: request.id })
    // RFC 6749 §5.1 asks the same of tokens.
    if (/^\/(?:api|oauth|signin\/(?:with|oidc|saml))\//.test(request.url)) {
      void response.header('cache-control', 'no-store')
    }
  })
  app.addHook('onResponse', async (request, response) => {
    const { method } = request
    options.metrics.answered(
      { method, route: routeOf(request), status: response.statusCode },
      response.elapsedTime / 1000,
    )
    const fields = {
      requestId: request.id,
      method,
      route: routeOf(request),
      status: response.statusCode,
      tookMs: Math.round(response.elapsedTime),
      caller: request.caller?.kind ?? 'none',
    }
    if (method === 'GET') log.debug(fields, 'answered')
    else log.info(fields, 'answered')
  })
  app.setErrorHandler((error, request, response) => {
    const found = problemOf(error)
    refuse(request, found, error)
    if (found.code === 'access.step_up_required') {
      // RFC 9470 §3: what a program needs to know to ask for a fresh sign-in.
      void response.header(
        'www-authenticate',
        'Bearer error="insufficient_user_authentication", max_age="3600"',
      )
    }
    const { dialect } = request.routeOptions.config.route ?? {}
    return response
      .status(found.status)
      .header('content-type', dialect === 'oauth' ? 'application/json' : problemMediaType)
      .send(problemBody(found, request.id, dialect))
  })

  operate(app, options)
  bindRoutes(app, options)
  describeApi(app, options)
  for (const mount of options.mounts) await serveMount(app, mount, options)
  if (options.console) await serveConsole(app, options.console, options)
  else {
    app.setNotFoundHandler(() => {
      throw problem('request.not_found')
    })
  }
  await app.ready()
  return { handle: (request, response) => app.routing(request, response), close: () => app.close() }
}

/** What a probe asks. These answer anyone who reaches the listener. */
function operate(app: FastifyInstance, { ready, metrics, control }: AppOptions): void {
  const live = control ? liveAnswer() : JSON.stringify({ status: 'live' })
  app.get(livePath, (_, response) => response.type('application/json').send(live))
  app.route({
    method: 'GET',
    url: readyPath,
    handler: async (_, response) => {
      await ready()
      return response.type('application/json').send(JSON.stringify({ status: 'ready' }))
    },
  })
  app.route({
    method: 'GET',
    url: '/metrics',
    handler: async (request, response) => {
      if (!control && !isOwnMachine(request)) throw problem('request.not_found')
      return response.type(metrics.contentType).send(await metrics.render())
    },
  })
}

// A gateway on this machine is a neighbour too; what it passes on is not from this machine.
function isOwnMachine({ headers, raw }: FastifyRequest): boolean {
  const address = raw.socket.remoteAddress ?? ''
  return (
    /^(?:127\.|::1$|::ffff:127\.)/.test(address) &&
    headers[assertionHeader] === undefined &&
    headers.authorization === undefined
  )
}

function describeApi(app: FastifyInstance, { identify, ownOrigin }: AppOptions): void {
  const document = JSON.stringify(openApi(ownOrigin))
  const page = referencePage()
  const onRequest = async (request: FastifyRequest) => {
    if (!(await identify(request))) throw problem('access.sign_in_required')
  }
  app.get('/api/openapi.json', { onRequest }, (_, response) =>
    response.type('application/json').send(document),
  )
  app.get('/reference', { onRequest }, (_, response) => response.type('text/html').send(page))
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none'
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
