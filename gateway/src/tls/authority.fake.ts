// An authority for tests, and clients that trust it.
import { webcrypto as crypto } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import {
  connect as connectHttp2,
  type ClientHttp2Session,
  type SecureClientSessionOptions,
} from 'node:http2'
import { join } from 'node:path'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { type IssuedPair, issueAuthority, issueLeaf, type LeafNames } from './issue.ts'

export class FakeAuthority {
  readonly pair: IssuedPair

  static async begin(name = 'test authority'): Promise<FakeAuthority> {
    return new FakeAuthority(await issueAuthority({ name, days: 30 }, { crypto, now: Date.now() }))
  }

  private constructor(pair: IssuedPair) {
    this.pair = pair
  }

  /** The certificate in PEM. */
  get certificate(): string {
    return this.pair.chain
  }

  leaf(
    names: LeafNames,
    more: {
      readonly usage?: 'server' | 'client'
      readonly days?: number
      readonly now?: number
    } = {},
  ): Promise<IssuedPair> {
    const { usage = 'server', days = 30, now = Date.now() } = more
    return issueLeaf(this.pair, { names, days, usage }, { crypto, now })
  }
}

export interface PairFiles {
  readonly certificate: string
  readonly key: string
}

/** Writes a pair where a gateway is told to read it; gives the settings that say so. */
export function writePair(directory: string, pair: IssuedPair): PairFiles {
  const files = { certificate: join(directory, 'site.pem'), key: join(directory, 'site.key') }
  writeFileSync(files.certificate, pair.chain)
  writeFileSync(files.key, pair.key)
  return files
}

/** A TLS connection to a loopback port, for a name, when the handshake is done. */
export function dialTls(
  port: number,
  name: string,
  options: ConnectionOptions,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: name, ...options })
    socket.once('secureConnect', () => resolve(socket)).once('error', reject)
  })
}

/** Everything that comes back for bytes on a TLS connection until its end. */
export async function exchangeTls(
  port: number,
  name: string,
  bytes: string,
  options: ConnectionOptions,
): Promise<string> {
  const socket = await dialTls(port, name, options)
  const parts: Buffer[] = []
  socket.on('data', (part: Buffer) => parts.push(part))
  socket.write(bytes)
  await new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return Buffer.concat(parts).toString('latin1')
}

/** A request that ends its connection. */
export function get(host: string, path = '/', headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${headers}Connection: close\r\n\r\n`
}

/** An HTTP/2 connection to a loopback port, for a name. */
export function dialHttp2(
  port: number,
  name: string,
  options: SecureClientSessionOptions,
): ClientHttp2Session {
  const session = connectHttp2(`https://${name}:${port}`, {
    servername: name,
    lookup: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    ...options,
  })
  session.on('error', () => {})
  return session
}
