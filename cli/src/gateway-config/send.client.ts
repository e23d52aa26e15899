// Sends bytes as they are to a web server: a well-behaved client would repair what shall be wrong.
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Failure } from '#failure'

const answerTimeoutMs = 10_000
/** How long nothing more must come before an answer counts as whole. */
const silenceMs = 1_000
const answerMaxBytes = 64 * 1024

/** What comes back until the connection ends. Throws `Failure` where nobody can be reached. */
export function send(bytes: string, { protocol, hostname, port, host }: URL): Promise<string> {
  const name = hostname.replace(/^\[|\]$/g, '')
  // Not every resolver knows that these are this machine (RFC 6761 §6.3).
  const address = /(?:^|\.)localhost$/.test(name) ? '127.0.0.1' : name
  const isSecure = protocol === 'https:'
  const to = { host: address, port: Number(port || (isSecure ? 443 : 80)) }
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let length = 0
    const done = (): void => resolve(Buffer.concat(parts).toString('latin1'))
    const socket: Socket = isSecure
      ? connectTls({ ...to, servername: name, ALPNProtocols: ['http/1.1'] }, () => begin())
      : connectTcp(to, () => begin())
    let isConnected = false
    const begin = (): void => {
      isConnected = true
      socket.write(Buffer.from(bytes, 'latin1'))
    }
    socket.setTimeout(answerTimeoutMs, () => socket.destroy())
    socket.on('data', (part: Buffer) => {
      parts.push(part)
      // Some programs keep a connection that they were asked to close.
      socket.setTimeout(silenceMs)
      length += part.length
      if (length > answerMaxBytes) socket.destroy()
    })
    socket.once('error', (error) => {
      if (isConnected) return
      reject(
        new Failure(
          'unreachable',
          `\`${host}\` cannot be reached (${error.message})`,
          'check the address; with a certificate of your own authority set NODE_EXTRA_CA_CERTS',
        ),
      )
    })
    socket.once('close', done)
  })
}
