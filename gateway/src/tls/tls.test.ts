// The door with TLS: whom it shows which certificate, and what it makes of those it is shown.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import 'reflect-metadata'
import { BasicConstraintsExtension, X509Certificate } from '@peculiar/x509'
import { lacking } from '../../../test/parts.ts'
import { application, World } from '#world.fake'
import {
  dialTls,
  exchangeTls,
  FakeAuthority,
  get,
  type PairFiles,
  writePair,
} from './authority.fake.ts'

const names = { hosts: ['open.localhost', 'wiki.localhost', 'open.example'] }

const skip = await lacking('openssl')

describe('a gateway with given certificates', () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-tls-'))
  let authority: FakeAuthority
  let files: PairFiles
  let world: World
  before(async () => {
    authority = await FakeAuthority.begin()
    files = writePair(directory, await authority.leaf(names))
    world = await World.begin({ environment: settingsOf(files) })
    await world.plane.put(
      application('open', world.upstream, { hosts: ['open.localhost', 'open.example'] }),
    )
    await world.settle()
  })
  after(async () => {
    await world.end()
    rmSync(directory, { recursive: true })
  })
  const ca = () => ({ ca: authority.certificate })

  it('serves an application over TLS 1.3, and over TLS 1.2 to those who have no more', async () => {
    for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
      const socket = await dialTls(world.port, 'open.localhost', { ...ca(), maxVersion })
      assert.equal(socket.getProtocol(), maxVersion)
      assert.match(await answerOn(socket, get('open.localhost')), /^HTTP\/1\.1 200 /)
    }
  })

  it('refuses a downgrade to TLS 1.1', async () => {
    await assert.rejects(
      dialTls(world.port, 'open.localhost', {
        ...ca(),
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      }),
    )
  })

  it('refuses a cipher without forward secrecy', async () => {
    await assert.rejects(
      dialTls(world.port, 'open.localhost', {
        ...ca(),
        maxVersion: 'TLSv1.2',
        ciphers: 'AES128-GCM-SHA256',
      }),
    )
  })

  it('shows no certificate to a name that it has none for, nor to no name', async () => {
    await assert.rejects(dialTls(world.port, 'elsewhere.localhost', { rejectUnauthorized: false }))
    await assert.rejects(dialTls(world.port, '', { rejectUnauthorized: false }))
  })

  it('refuses a request for another host than the connection was made for', async () => {
    const answer = await exchangeTls(world.port, 'open.localhost', get('wiki.localhost'), ca())
    assert.match(answer, /^HTTP\/1\.1 421 /)
    assert.match(answer, /request\.misdirected/)
  })

  it('resumes nothing: every connection shows who it is anew', async () => {
    for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
      const first = await dialTls(world.port, 'open.localhost', { ...ca(), maxVersion })
      let session: Buffer | undefined = first.getSession()
      first.on('session', (later: Buffer) => (session = later))
      assert.match(await answerOn(first, get('open.localhost')), /^HTTP\/1\.1 200 /)
      for (const name of ['open.localhost', 'wiki.localhost']) {
        const second = await dialTls(world.port, name, {
          ...ca(),
          maxVersion,
          ...(session ? { session } : {}),
        })
        assert.equal(second.isSessionReused(), false, `${maxVersion} ${name}`)
        second.destroy()
      }
    }
  })

  it('answers plain http on its port with nothing but the end of the connection', async () => {
    assert.equal(await world.exchange(get('open.localhost')), '')
  })

  it('tells browsers to come over TLS from now on, except at names of this machine', async () => {
    const answer = await exchangeTls(world.port, 'open.localhost', get('open.localhost'), ca())
    assert.doesNotMatch(answer, /strict-transport-security/i)
    world.handle((_, response) => {
      response.writeHead(200, ['set-cookie', 'a=1', 'set-cookie', 'b=2'])
      response.end()
    })
    const far = await exchangeTls(world.port, 'open.example', get('open.example'), ca())
    assert.match(far, /\r\nstrict-transport-security: max-age=31536000\r\n/i)
    assert.match(far, /set-cookie: a=1\r\n[^]*set-cookie: b=2\r\n/i)
  })

  it('takes a new certificate without dropping a connection', async () => {
    const socket = await dialTls(world.port, 'open.localhost', ca())
    const old = fingerprintOf(socket)
    writePair(directory, await authority.leaf(names))
    await refresh(world)
    socket.write('GET / HTTP/1.1\r\nHost: open.localhost\r\n\r\n')
    await new Promise((resolve) => socket.once('data', resolve))
    socket.destroy()
    const next = await dialTls(world.port, 'open.localhost', ca())
    assert.notEqual(fingerprintOf(next), old)
    next.destroy()
  })

  const unusable: Readonly<Record<string, () => Promise<{ chain: string; key: string }>>> = {
    'an expired certificate': () =>
      authority.leaf(names, { now: Date.now() - 60 * 86_400_000, days: 30 }),
    'a certificate of the future': () => authority.leaf(names, { now: Date.now() + 86_400_000 }),
    'a key of another certificate': async () => ({
      chain: (await authority.leaf(names)).chain,
      key: (await authority.leaf(names)).key,
    }),
    'half a file': async () => {
      const { chain, key } = await authority.leaf(names)
      return { chain: chain.slice(0, chain.length / 2), key }
    },
    'an empty file': async () => ({ chain: '', key: '' }),
  }
  for (const [what, make] of Object.entries(unusable)) {
    it(`keeps the old certificate where the new one is ${what}, and says so`, async () => {
      const before = await fingerprintAt(world, ca())
      const told = world.logLines.length
      writePair(directory, await make())
      await refresh(world)
      assert.equal(await fingerprintAt(world, ca()), before)
      assert.match(world.logLines.slice(told).join(''), /the old one stays/)
      writePair(directory, await authority.leaf(names))
      await refresh(world)
      assert.notEqual(await fingerprintAt(world, ca()), before)
    })
  }

  it('shows in its metrics when the certificate ends', async () => {
    const text = await world.running.gateway.metrics.registry.metrics()
    const seconds =
      /countersign_certificate_expires_seconds\{fingerprint="[0-9a-f]{64}"\} (\d+)/.exec(text)
    assert.ok(Number(seconds?.[1]) * 1000 > Date.now() + 29 * 86_400_000)
  })

  it('satisfies `openssl s_client`, certificate chain and name included', { skip }, async () => {
    const openssl = promisify(execFile)
    const caPath = join(directory, 'ca.pem')
    writeFileSync(caPath, authority.certificate)
    const running = openssl('openssl', [
      's_client',
      '-connect',
      `127.0.0.1:${world.port}`,
      '-servername',
      'open.localhost',
      '-verify_hostname',
      'open.localhost',
      '-CAfile',
      caPath,
      '-brief',
    ])
    running.child.stdin?.end()
    const { stderr } = await running
    assert.match(stderr, /Verification: OK/)
    assert.match(stderr, /Protocol version: TLSv1\.3/)
  })
})

describe('a gateway with an authority of its own', () => {
  let world: World
  before(async () => {
    world = await World.begin({ environment: { COUNTERSIGN_GATEWAY_TLS: 'own' } })
  })
  after(() => world.end())

  const authority = async (): Promise<string> => {
    const response = await fetch(
      `http://127.0.0.1:${world.running.operateAddress.port}/authority.pem`,
    )
    return response.text()
  }

  it('issues a certificate for every host that an application is served at', async () => {
    const ca = await authority()
    for (const name of ['open.localhost', 'wiki.localhost']) {
      const answer = await exchangeTls(world.port, name, get(name), { ca })
      assert.match(answer, /^HTTP\/1\.1 (?:200|401) /)
    }
  })

  it('issues nothing for a host that nobody serves', async () => {
    await assert.rejects(dialTls(world.port, 'bank.example', { rejectUnauthorized: false }))
  })

  it('makes an authority that can issue for hosts, but no further authorities', async () => {
    const certificate = new X509Certificate(await authority())
    const constraints = certificate.getExtension(BasicConstraintsExtension)
    assert.equal(constraints?.ca, true)
    assert.equal(constraints?.pathLength, 0)
  })

  it('keeps the key where only its own user can read it', () => {
    const key = join(world.dataDir, 'gateway', 'tls', 'authority.key')
    assert.equal(statSync(key).mode & 0o777, 0o600)
    assert.equal(statSync(join(world.dataDir, 'gateway', 'tls')).mode & 0o777, 0o700)
  })

  it('joins a WebSocket, and ends it and whatever is idle when it stops', async () => {
    const ca = await authority()
    world.application.once('upgrade', (request: IncomingMessage, socket: Duplex) => {
      socket.on('end', () => socket.end()).resume()
      const accept = createHash('sha1')
        .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64')
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      )
    })
    const upgraded = await dialTls(world.port, 'open.localhost', { ca })
    upgraded.write(
      `GET / HTTP/1.1\r\nHost: open.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    )
    const [answer] = (await once(upgraded, 'data')) as [Buffer]
    assert.match(answer.toString(), /^HTTP\/1\.1 101 /)
    const idle = await dialTls(world.port, 'open.localhost', { ca })
    idle.write('GET / HTTP/1.1\r\nHost: open.localhost\r\n\r\n')
    await once(idle, 'data')
    const [closing] = await Promise.all([
      once(upgraded, 'data') as Promise<[Buffer]>,
      once(idle, 'close'),
      world.stopGateway(),
    ])
    // RFC 6455 §7.4.1: going away.
    assert.equal(closing[0].readUInt16BE(2), 1001)
    await world.startGateway()
  })

  it('is the same authority after a restart', async () => {
    const before = await authority()
    await world.stopGateway()
    await world.startGateway()
    assert.equal(await authority(), before)
    const answer = await exchangeTls(world.port, 'open.localhost', get('open.localhost'), {
      ca: before,
    })
    assert.match(answer, /^HTTP\/1\.1 200 /)
  })
})

describe('plain http beside TLS', () => {
  let world: World
  before(async () => {
    world = await World.begin({
      environment: {
        COUNTERSIGN_GATEWAY_TLS: 'own',
        COUNTERSIGN_GATEWAY_REDIRECT_LISTEN: '127.0.0.1:0',
      },
    })
  })
  after(() => world.end())

  const rows: Readonly<Record<string, readonly [string, RegExp]>> = {
    'sends a reader to the same address with https': [
      get('open.localhost', '/beds?ward=3'),
      /^HTTP\/1\.1 308 [^]*\r\nlocation: https:\/\/open\.localhost:\d+\/beds\?ward=3\r\n/i,
    ],
    'sends nobody to another host': [
      get('open.localhost', '//evil.example/'),
      /^HTTP\/1\.1 308 [^]*\r\nlocation: https:\/\/open\.localhost:\d+\/\r\n/i,
    ],
    'knows no host that nobody serves': [get('evil.example'), /^HTTP\/1\.1 421 /],
    'takes nothing that was sent in the clear': [
      'POST / HTTP/1.1\r\nHost: open.localhost\r\nContent-Length: 3\r\n\r\na=1',
      /^HTTP\/1\.1 400 /,
    ],
  }
  for (const [what, [bytes, expected]] of Object.entries(rows)) {
    it(what, async () => {
      const before = world.seen.length
      assert.match(await world.exchange(bytes, world.running.redirectAddress?.port), expected)
      assert.equal(world.seen.length, before)
    })
  }
})

describe('a gateway whose TLS cannot begin', () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-tls-'))
  after(() => rmSync(directory, { recursive: true }))
  const rows: Readonly<Record<string, readonly [Record<string, string>, RegExp]>> = {
    'without the files it is told to use': [
      { COUNTERSIGN_GATEWAY_TLS: 'files' },
      /set COUNTERSIGN_GATEWAY_TLS_CERTIFICATE and COUNTERSIGN_GATEWAY_TLS_KEY/,
    ],
    'with a file that is not there': [
      {
        COUNTERSIGN_GATEWAY_TLS: 'files',
        COUNTERSIGN_GATEWAY_TLS_CERTIFICATE: join(directory, 'none.pem'),
        COUNTERSIGN_GATEWAY_TLS_KEY: join(directory, 'none.key'),
      },
      /TLS cannot begin.*none\.pem/,
    ],
    'told to redirect to https without it': [
      { COUNTERSIGN_GATEWAY_REDIRECT_LISTEN: '127.0.0.1:0' },
      /needs TLS/,
    ],
    'asked for client certificates without TLS': [
      { COUNTERSIGN_GATEWAY_TLS_CLIENTS: 'x.pem' },
      /needs TLS/,
    ],
  }
  for (const [what, [environment, message]] of Object.entries(rows)) {
    it(`${what} does not start, and says why`, async () => {
      const world = await World.begin({ withoutGateway: true, environment })
      try {
        await assert.rejects(world.launchGateway(), message)
        assert.equal(existsSync(join(world.dataDir, 'gateway', 'gateway.sock')), false)
      } finally {
        await world.end()
      }
    })
  }
})

function settingsOf({ certificate, key }: PairFiles): Record<string, string> {
  return {
    COUNTERSIGN_GATEWAY_TLS: 'files',
    COUNTERSIGN_GATEWAY_TLS_CERTIFICATE: certificate,
    COUNTERSIGN_GATEWAY_TLS_KEY: key,
  }
}

async function answerOn(socket: TLSSocket, bytes: string): Promise<string> {
  const parts: Buffer[] = []
  socket.on('data', (part: Buffer) => parts.push(part))
  socket.write(bytes)
  await new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return Buffer.concat(parts).toString('latin1')
}

function fingerprintOf(socket: TLSSocket): string {
  return socket.getPeerCertificate().fingerprint256
}

async function fingerprintAt(world: World, options: { readonly ca: string }): Promise<string> {
  const socket = await dialTls(world.port, 'open.localhost', options)
  const fingerprint = fingerprintOf(socket)
  socket.destroy()
  return fingerprint
}

async function refresh(world: World): Promise<void> {
  await world.running.tls?.refresh()
}
