// As much of a browser as it takes to sign in: cookies for each host, and redirects.
import { request } from 'node:http'

interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

interface Visit {
  readonly method?: string
  readonly body?: object
}

const redirectsMax = 8

export class Browser {
  readonly #port: number
  readonly #cookies = new Map<string, Map<string, string>>()

  /** `port` is where the gateway listens. */
  constructor(port: number) {
    this.#port = port
  }

  /** The `Cookie` header for a host. */
  cookies(host: string): string {
    return [...(this.#cookies.get(host) ?? [])].map((pair) => pair.join('=')).join('; ')
  }

  /** A navigation; follows redirects from host to host. */
  async open(host: string, path: string): Promise<Answer> {
    let url = new URL(path, `http://${host}:${this.#port}`)
    for (let count = 0; ; count += 1) {
      const answer = await this.visit(url.hostname, `${url.pathname}${url.search}`)
      if (answer.location === undefined || count === redirectsMax) return answer
      url = new URL(answer.location, url)
    }
  }

  /** One request. */
  visit(host: string, path: string, { method = 'GET', body }: Visit = {}): Promise<Answer> {
    const origin = `http://${host}:${this.#port}`
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: this.#port,
          method,
          path,
          agent: false,
          headers: {
            host: `${host}:${this.#port}`,
            accept: body ? 'application/json' : 'text/html',
            cookie: this.cookies(host),
            ...(body ? { 'content-type': 'application/json', origin } : {}),
          },
        },
        (incoming) => {
          let text = ''
          incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
          incoming.once('end', () => {
            const { statusCode = 0, headers } = incoming
            for (const line of headers['set-cookie'] ?? []) this.#remember(host, line)
            resolve({ status: statusCode, location: headers.location, body: text })
          })
        },
      )
      outgoing.once('error', reject).end(body ? JSON.stringify(body) : undefined)
    })
  }

  #remember(host: string, line: string): void {
    const [pair = '', ...attributes] = line.split(';')
    const at = pair.indexOf('=')
    const cookies = this.#cookies.get(host) ?? new Map<string, string>()
    this.#cookies.set(host, cookies)
    if (attributes.some((it) => it.trim().toLowerCase() === 'max-age=0')) {
      cookies.delete(pair.slice(0, at).trim())
    } else cookies.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim())
  }
}
