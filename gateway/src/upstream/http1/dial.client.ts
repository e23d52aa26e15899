// How a connection to an application comes about. Plain TCP is read into one buffer that all
// connections share, because what is read is used up before the next read; over TLS Node brings its own.
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls'
import type { UpstreamTls } from '#upstream/trust'
import type { Dial } from './connection.client.ts'

const readBytes = 64 * 1024
const shared = Buffer.allocUnsafeSlow(readBytes)

/** How to reach `origin`, a scheme with host and port. */
export function dialOf(origin: string, tls: UpstreamTls): Dial {
  const { protocol, hostname, port } = new URL(origin)
  const host = hostname.replace(/^\[|\]$/g, '')
  const isSecure = protocol === 'https:'
  const address = { host, port: port === '' ? (isSecure ? 443 : 80) : Number(port), noDelay: true }
  if (!isSecure) return (onReady, onBytes) => dialTcp(address, onReady, onBytes)
  const { servername, ca, cert, key, minVersion, ...checks } = tls
  // Authorities are read once, and anew where they could not be.
  let context: SecureContext | undefined
  return (onReady, onBytes) => {
    context ??= createSecureContext({
      minVersion,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    })
    const socket = connectTls({
      ...address,
      ...checks,
      secureContext: context,
      ALPNProtocols: ['http/1.1'],
      // The `Host` header names the host that the visitor knows; the application is asked for, and
      // verified, by the name of its own address. A session that is resumed is not verified, so none is.
      servername: servername ?? (isIP(host) === 0 ? host : ''),
    })
    socket.once('secureConnect', onReady)
    socket.on('data', onBytes)
    return keptAlive(socket)
  }
}

function dialTcp(
  address: { readonly host: string; readonly port: number; readonly noDelay: boolean },
  onReady: () => void,
  onBytes: (bytes: Buffer) => void,
): Socket {
  const socket = connectTcp({
    ...address,
    onread: {
      buffer: shared,
      callback(count) {
        onBytes(shared.subarray(0, count))
        return true
      },
    },
  })
  socket.once('connect', onReady)
  return keptAlive(socket)
}

/** How long a connection is silent before the operating system asks whether the other side is there. */
const tcpKeepAliveDelayMs = 60_000

function keptAlive(socket: Socket): Socket {
  return socket.setKeepAlive(true, tcpKeepAliveDelayMs)
}
