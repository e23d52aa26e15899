// The process of the demonstration's applications. It is started by `npm run demo`; by hand:
//   node demo/src/applications/main.ts --listen 127.0.0.1:7410 --gateway http://127.0.0.1:7400 --issuer gw_...
import { parseArgs } from 'node:util'
import { WebSocketServer } from 'ws'
import { admit, applicationServer, type Means } from './applications.routes.ts'
import { interfaceEnginePort } from '#organisation/tunnels'
import { interfaceEngineServer } from './interface-engine.process.ts'
import { gatewayKeys } from './keys.client.ts'
import { vitalsStream } from './vitals.job.ts'
import { wardBoard } from './ward-board.ts'

const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:7410' },
    gateway: { type: 'string', default: 'http://127.0.0.1:7400' },
    issuer: { type: 'string' },
  },
})
const { listen, gateway, issuer } = values
const [, host, port] = /^(.+):(\d{1,5})$/.exec(listen) ?? []
if (issuer === undefined || host === undefined || port === undefined || !URL.canParse(gateway)) {
  console.error('give `--listen host:port --gateway <url> --issuer <gateway id>`')
  process.exit(2)
}

const clock = (): number => Date.now()
const means: Means = {
  keys: gatewayKeys(gateway, 'intranet.localhost', clock),
  issuer,
  clock,
  board: wardBoard(clock()),
}
const server = applicationServer(means)
const stream = vitalsStream(clock)
const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 })

server.server.on('upgrade', (request, socket, head) => {
  socket.on('error', () => socket.destroy())
  const refuse = (status: string): void => {
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  }
  const join = async (): Promise<void> => {
    const admission = await admit(request, means)
    if (admission.kind === 'refused') {
      refuse('401 Unauthorized')
    } else if (admission.application !== 'vitals' || request.url !== '/stream') {
      refuse('404 Not Found')
    } else {
      sockets.handleUpgrade(request, socket, head, (watcher) => {
        const end = stream.watch(watcher)
        watcher.on('close', end)
        watcher.on('error', end)
      })
    }
  }
  join().catch(() => {
    refuse('500 Internal Server Error')
  })
})

const stop = (): void => {
  stream.stop()
  server.server.closeAllConnections()
  void server.close().then(() => process.exit(0))
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)

try {
  await server.listen({ host, port: Number(port) })
  await interfaceEngineServer(host, interfaceEnginePort(Number(port)))
  process.send?.({ event: 'ready' })
} catch (error) {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  const why = taken ? `\`${listen}\`, or the port behind it, is in use` : String(error)
  process.send?.({ event: 'failed', why })
  console.error(`the demonstration applications cannot start: ${why}`)
  process.exit(1)
}
