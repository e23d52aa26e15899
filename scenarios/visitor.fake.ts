// A person with a browser that shows nothing: keeps cookies per host and follows redirects, so that
// a story can make many requests without a real browser.
import { type IncomingHttpHeaders, request } from 'node:http'
import { decisionHeader } from '@countersign/contract/session'
import { api } from '@countersign/contract/api'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The id of the decision, as far as the gateway named one. */
  readonly decision: string | undefined
}

interface Visit {
  readonly method?: string
  readonly body?: object
  readonly accept?: string
}

const redirectsMax = 8
const replyTimeoutMs = 15_000
const consoleHost = 'countersign.localhost'

export class Visitor {
  readonly #port: number
  readonly #cookies = new Map<string, Map<string, string>>()

  /** `port` is where the gateway listens. */
  constructor(port: number) {
    this.#port = port
  }

  /** One request. Rejects where the whole answer does not arrive. */
  async visit(
    host: string,
    path: string,
    { method = 'GET', body, accept }: Visit = {},
  ): Promise<Reply> {
    const cookies = this.#cookies.get(host) ?? new Map<string, string>()
    this.#cookies.set(host, cookies)
    const origin = `http://${host}:${this.#port}`
    const reply = await new Promise<Reply>((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: this.#port,
          method,
          path,
          agent: false,
          timeout: replyTimeoutMs,
          headers: {
            host: `${host}:${this.#port}`,
            accept: accept ?? 'text/html',
            cookie: this.cookies(host),
            ...(body ? { 'content-type': 'application/json', origin } : {}),
          },
        },
        (incoming) => {
          let text = ''
          incoming.setEncoding('utf8')
          incoming.on('data', (chunk: string) => {
            text += chunk
          })
          incoming.on('error', reject)
          incoming.on('end', () => {
            const { statusCode = 0, headers } = incoming
            const decision = headers[decisionHeader]
            resolve({
              status: statusCode,
              headers,
              body: text,
              decision: typeof decision === 'string' ? decision : undefined,
            })
          })
        },
      )
      outgoing.on('error', reject)
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')))
      outgoing.end(body ? JSON.stringify(body) : undefined)
    })
    for (const line of reply.headers['set-cookie'] ?? []) remember(cookies, line)
    return reply
  }

  /** A navigation: follows redirects, across hosts as a browser would. */
  async open(host: string, path: string): Promise<Reply> {
    let reply = await this.visit(host, path)
    let base = `http://${host}:${this.#port}${path}`
    for (let count = 0; count < redirectsMax && reply.headers.location !== undefined; count++) {
      const next = new URL(reply.headers.location, base)
      base = next.href
      reply = await this.visit(next.hostname, `${next.pathname}${next.search}`)
    }
    return reply
  }

  /** The `Cookie` header this visitor would send to a host. */
  cookies(host: string): string {
    return [...(this.#cookies.get(host) ?? [])]
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
  }

  /** Becomes a persona of the demo. */
  async become(person: string): Promise<Reply> {
    const { path, method } = api.signin.persona
    return await this.visit(consoleHost, path, { method, body: { person } })
  }

  /** Who the console takes this visitor for; the status tells whether anyone. */
  async me(): Promise<Reply> {
    return await this.visit(consoleHost, api.identity.me.path, { accept: 'application/json' })
  }
}

function remember(cookies: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';')
  const at = pair.indexOf('=')
  const name = pair.slice(0, at).trim()
  if (attributes.some((it) => it.trim().toLowerCase() === 'max-age=0')) cookies.delete(name)
  else cookies.set(name, pair.slice(at + 1).trim())
}
