// An application that says which host it was asked for.
import { createServer } from 'node:http'

export interface Upstream extends AsyncDisposable {
  /** Scheme, host and port. */
  readonly url: string
}

export async function startUpstream(): Promise<Upstream> {
  const server = createServer((request, response) => {
    const host = request.headers.host?.split(':')[0] ?? ''
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    response.end(`<!doctype html><title>${host}</title><h1>hello from ${host}</h1>`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
