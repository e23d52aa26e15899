// What operators and their machines ask of a gateway, on a listener of its own that no visitor
// reaches.
import { createServer, type Server } from 'node:http'
import type { LiveEstate } from '#feed/live-estate'
import type { Metrics } from './metrics.ts'

export interface OperateOptions {
  readonly metrics: Metrics
  readonly facts: LiveEstate
  readonly now: () => number
  /** The gateway's own authority in PEM, for the trust stores of visitors. */
  readonly authority?: string
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** A server, not yet listening, for `/healthz`, `/readyz` and `/metrics`. */
export function operateListener({ metrics, facts, now, authority }: OperateOptions): Server {
  const routes: Readonly<Record<string, () => Answer | Promise<Answer>>> = {
    '/healthz': () => text(200, 'ok'),
    '/readyz': () => {
      if (!facts.current) return text(503, 'not ready: no facts from the control plane yet')
      return facts.isStaleForAll(now())
        ? text(503, 'not ready: the facts are stale')
        : text(200, 'ready')
    },
    '/metrics': async () => ({
      status: 200,
      type: metrics.registry.contentType,
      body: await metrics.registry.metrics(),
    }),
    ...(authority === undefined
      ? {}
      : {
          '/authority.pem': () => ({
            status: 200,
            type: 'application/pem-certificate-chain',
            body: authority,
          }),
        }),
  }
  return createServer({ maxHeaderSize: 8 * 1024 }, (request, response) => {
    const route = Object.hasOwn(routes, request.url ?? '') ? routes[request.url ?? ''] : undefined
    const isRead = /^(?:GET|HEAD)$/.test(request.method ?? '')
    const send = async (): Promise<void> => {
      const { status, type, body } =
        route && isRead ? await route() : text(404, 'there is /healthz, /readyz and /metrics')
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
      response.end(request.method === 'HEAD' ? undefined : body)
    }
    send().catch(() => response.destroy())
  })
}

function text(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` }
}
