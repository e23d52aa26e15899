// What operators and their machines ask of a gateway, on a listener of its own that no visitor
// reaches.
import { createServer, type Server } from 'node:http'
import type { LiveEstate } from '#feed/live-estate'

/** Whether a gateway can decide, and why not. */
export type OperatingState = 'ready' | 'without-facts' | 'stale' | 'not-listening' | 'silent'

export interface OperateOptions {
  /** What was counted, in the text format of Prometheus. */
  readonly metrics: () => Promise<string>
  readonly metricsType: string
  readonly state: () => Promise<OperatingState>
  /** The gateway's own authority in PEM, for the trust stores of visitors. */
  readonly authority?: string
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** A server, not yet listening, for `/healthz`, `/readyz` and `/metrics`. */
export function operateListener(options: OperateOptions): Server {
  const { metrics, metricsType, state, authority } = options
  const routes: Readonly<Record<string, () => Answer | Promise<Answer>>> = {
    '/healthz': () => text(200, 'ok'),
    '/readyz': async () => readiness[await state()],
    '/metrics': async () => ({ status: 200, type: metricsType, body: await metrics() }),
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

/** Whether what a process knows lets it decide. */
export function stateOf(facts: LiveEstate, now: number): 'ready' | 'without-facts' | 'stale' {
  if (!facts.current) return 'without-facts'
  return facts.isStaleForAll(now) ? 'stale' : 'ready'
}

const readiness: Readonly<Record<OperatingState, Answer>> = {
  ready: text(200, 'ready'),
  'without-facts': text(503, 'not ready: no facts from the control plane yet'),
  stale: text(503, 'not ready: the facts are stale'),
  'not-listening': text(503, 'not ready: no process accepts connections'),
  silent: text(503, 'not ready: a process does not answer'),
}

function text(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` }
}
