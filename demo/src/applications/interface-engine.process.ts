// A console that speaks lines over TCP and asks nobody who they are, as machines of its age do.
import { createServer, type Server, type Socket } from 'node:net'

const lineMaxCharacters = 256
const connectionsMaxCount = 100
const idleTimeoutMs = 30 * 60_000

const answers: Readonly<Record<string, string>> = {
  help: 'queues    what waits, by system\nstuck     what does not move\nquit      leave',
  queues: 'lab-results   12 waiting\nimaging        3 waiting\nexchange      41 waiting',
  stuck: 'exchange   2 messages since yesterday: the other side refuses their date of birth',
}

/** Listens until it is closed. Rejects where it cannot. */
export async function interfaceEngineServer(host: string, port: number): Promise<Server> {
  const server = createServer(converse)
  server.maxConnections = connectionsMaxCount
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
  return server
}

function converse(socket: Socket): void {
  let typed = ''
  socket.setEncoding('utf8')
  socket.setTimeout(idleTimeoutMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.write('Interface Engine 4.2. Whoever reaches this may do anything: type `help`.\n> ')
  socket.on('data', (text: string) => {
    typed += text
    if (typed.length > lineMaxCharacters) {
      socket.end('that line is too long\n')
      return
    }
    for (let end = typed.indexOf('\n'); end >= 0; end = typed.indexOf('\n')) {
      const line = typed.slice(0, end).trim()
      typed = typed.slice(end + 1)
      if (line === 'quit') {
        socket.end('bye\n')
        return
      }
      socket.write(`${answers[line] ?? 'unknown; type `help`'}\n> `)
    }
  })
}
