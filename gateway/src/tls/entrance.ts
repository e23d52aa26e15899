// What a TLS listener does with a handshake: it finds the certificate of the name asked for, and
// learns who came. A name that nobody serves gets no certificate, and so no connection.
import { callbackify } from 'node:util'
import type { SecureContext, TlsOptions, TLSSocket } from 'node:tls'
import type { Certificates } from './certificates.ts'
import type { ClientAuthorities } from './client-authorities.file.ts'
import { type ClientCertificate, clientCertificate, type TlsPeer } from './peer.ts'
import { secureContexts, tlsTerms } from './terms.ts'
import { readAuthority } from '#wire/authority'
import { handshakeTimeoutMs } from '#limits'

export interface Entrance {
  readonly options: TlsOptions
  /** Who is at the other end; undefined for a connection without TLS. */
  readonly peerOf: (socket: TLSSocket) => TlsPeer
}

export interface EntranceOptions {
  readonly certificates: Certificates
  /** Absent where no client certificates are asked for. */
  readonly clients: ClientAuthorities | undefined
  /** Answers a challenge of a certificate authority about a name, during a handshake for that alone. */
  readonly challengeAt?: (host: string) => SecureContext | undefined
}

/** RFC 8737 §6.2: the protocol of connections that only prove who holds a name. */
export const acmeTls = 'acme-tls/1'

export function entrance({ certificates, clients, challengeAt }: EntranceOptions): Entrance {
  const contextOf = secureContexts()
  const peers = new WeakMap<TLSSocket, TlsPeer>()
  /** Handshakes that only prove who holds a name. */
  const proving = new WeakSet<TLSSocket>()

  const contextAt = async (servername: string): Promise<SecureContext | undefined> => {
    const host = readAuthority(servername)
    if (!host || host.port !== undefined) return undefined
    const certificate = await certificates.at(host.name)
    // A name that is being proved for the first time has a proof before it has a certificate.
    return certificate ? contextOf(certificate, clients?.current()) : challengeAt?.(host.name)
  }
  const findContext = callbackify(contextAt)

  return {
    options: {
      ...tlsTerms,
      handshakeTimeout: handshakeTimeoutMs,
      requestCert: clients !== undefined,
      // Who shows none, or a bad one, is anonymous; what that allows is for policies to say.
      rejectUnauthorized: false,
      SNICallback(this: TLSSocket, servername, done) {
        const host = servername.toLowerCase()
        if (proving.has(this)) done(null, challengeAt?.(host))
        else findContext(host, done)
      },
      ALPNCallback(this: TLSSocket, { servername, protocols }) {
        if (protocols.includes(acmeTls)) {
          const context = challengeAt?.(servername.toLowerCase())
          if (!context) return undefined
          // With TLS 1.3 the name is looked up after this, with TLS 1.2 it has been before.
          proving.add(this)
          this.setKeyCert(context)
          return acmeTls
        }
        return ['h2', 'http/1.1'].find((it) => protocols.includes(it))
      },
    },
    peerOf(socket) {
      const known = peers.get(socket)
      if (known) return known
      const name = typeof socket.servername === 'string' ? socket.servername.toLowerCase() : ''
      const peer = { name, certificate: verifiedCertificate(socket) }
      peers.set(socket, peer)
      return peer
    },
  }
}

function verifiedCertificate(socket: TLSSocket): ClientCertificate | undefined {
  if (!socket.authorized) return undefined
  const certificate = socket.getPeerX509Certificate()
  return certificate && clientCertificate(certificate)
}
