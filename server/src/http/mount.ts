// A protocol that brings its own way of answering is mounted whole: everything under its path goes to
// it as it came, once it is known who asks.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { problem } from '@countersign/contract/problems'
import type { Caller, Visitor } from './caller.ts'

/** A request that came through a gateway, which has decided that it may. */
export interface Mounted {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly visitor: Visitor
  /** The id under which operators find this request in the log. */
  readonly requestId: string
}

export interface Mount {
  /** Everything below this path. */
  readonly prefix: `/${string}`
  /** In place of those of every answer. */
  readonly headers: Readonly<Record<string, string>>
  readonly answer: (mounted: Mounted) => Promise<void>
}

interface ServeOptions {
  readonly identify: (request: FastifyRequest) => Promise<Caller | undefined>
  readonly now: () => number
}

/** Serves a mount. Only visitors for whom a gateway vouches are answered. */
export async function serveMount(
  app: FastifyInstance,
  { prefix, headers, answer }: Mount,
  { identify, now }: ServeOptions,
): Promise<void> {
  await app.register(async (scope) => {
    // It reads bodies itself, with bounds of its own.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', async () => {})
    scope.route({
      method: ['GET', 'POST', 'OPTIONS'],
      url: `${prefix}/*`,
      onRequest: async (request) => {
        request.receivedAt = now()
        request.caller = await identify(request)
      },
      handler: async (request, response) => {
        const { caller, raw, id: requestId } = request
        if (caller?.kind !== 'visitor') {
          throw problem(
            'access.denied',
            'this address answers only enrolled gateways; open it at its public address',
          )
        }
        for (const [name, value] of Object.entries({ ...response.getHeaders(), ...headers })) {
          if (value !== undefined) response.raw.setHeader(name, value)
        }
        response.hijack()
        await answer({ request: raw, response: response.raw, visitor: caller, requestId })
      },
    })
  })
}
