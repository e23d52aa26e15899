// The peer that a proxy in Node is compared with: it forwards and does nothing else. No decision,
// no record, no check of what it forwards.
import { createServer } from 'node:http'
import { Agent } from 'undici'

const [port = '0', upstream = ''] = process.argv.slice(2)
const agent = new Agent({ pipelining: 1, connections: 128 })

createServer((request, response) => {
  agent.dispatch(
    {
      origin: upstream,
      path: request.url ?? '/',
      method: 'GET',
      headers: { ...request.headers, host: request.headers.host },
    },
    {
      onRequestStart() {},
      onResponseStart(_, status, headers) {
        response.writeHead(status, headers)
      },
      onResponseData(_, chunk) {
        response.write(chunk)
      },
      onResponseEnd() {
        response.end()
      },
      onResponseError() {
        response.destroy()
      },
    },
  )
}).listen(Number(port), '127.0.0.1')
