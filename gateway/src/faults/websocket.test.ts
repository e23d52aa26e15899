// WebSockets whose two ends misbehave: before they are joined the client gets an answer, and once
// they are joined the end of one is the end of the other.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { after, afterEach, before, describe, it } from 'node:test'
import { addressOf } from '#serving.process'
import { application, World } from '#world.fake'

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const accept = createHash('sha1')
  .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
  .digest('base64')
const agrees = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
const handshake = `GET /live HTTP/1.1\r\nHost: open.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`

const refusals: readonly (readonly [
  claim: string,
  script: (socket: Socket) => void,
  status: number,
])[] = [
  ['dies before it agrees', (socket) => void socket.resetAndDestroy(), 502],
  ['ends before it agrees', (socket) => void socket.end(), 502],
  [
    'dies in the middle of its agreement',
    (socket) => void socket.write(agrees.slice(0, 60), () => socket.resetAndDestroy()),
    502,
  ],
  ['says nothing', () => {}, 504],
  ['agrees to something else', (socket) => void socket.write(agrees.replace(accept, 'AAAA')), 502],
  [
    'agrees without a proof',
    (socket) => void socket.write(agrees.replace(/Sec-WebSocket-Accept.*\r\n/, '')),
    502,
  ],
  ['speaks another protocol', (socket) => void socket.write('SSH-2.0-OpenSSH_9.9\r\n'), 502],
  [
    'says no',
    (socket) => void socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno'),
    403,
  ],
  [
    'says no and breaks off',
    (socket) =>
      void socket.write('HTTP/1.1 403 Forbidden\r\ncontent-length: 9\r\n\r\nno', () =>
        socket.resetAndDestroy(),
      ),
    403,
  ],
]

describe('a WebSocket whose application', () => {
  let world: World
  let script: (socket: Socket) => void = () => {}
  const raw = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => script(socket))
  })
  before(async () => {
    world = await World.begin({ start: { upstreamTimeouts: { headTimeoutMs: 300 } } })
    await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve))
    await world.plane.put(application('open', `http://127.0.0.1:${addressOf(raw).port}`))
    await world.settle()
  })
  after(async () => {
    await world.end()
    raw.close()
  })
  afterEach(() => until(() => world.running.gateway.streams.size === 0))

  for (const [claim, faulty, status] of refusals) {
    it(`${claim} is answered ${status}`, async () => {
      script = faulty
      const answer = await world.exchange(handshake)
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
      assert.doesNotMatch(answer, / 101 /)
    })
  }

  const joined = async (): Promise<{ readonly client: Socket; readonly upstream: Socket }> => {
    const other = new Promise<Socket>((resolve) => {
      script = (socket) => {
        socket.write(agrees)
        resolve(socket)
      }
    })
    const client = await world.dial()
    client.on('error', () => {})
    client.write(handshake)
    const [chunk] = (await once(client, 'data')) as [Buffer]
    assert.match(chunk.toString('latin1'), /^HTTP\/1\.1 101 /)
    return { client, upstream: await other }
  }

  for (const end of ['resetAndDestroy', 'destroy', 'end'] as const) {
    it(`goes (${end}) is over, and so it is when the client goes`, async () => {
      for (const first of ['client', 'upstream'] as const) {
        const ends = await joined()
        const [goes, stays] =
          first === 'client' ? [ends.client, ends.upstream] : [ends.upstream, ends.client]
        const over = new Promise((resolve) => stays.once('close', resolve))
        stays.resume()
        goes[end]()
        await over
        goes.destroy()
      }
    })
  }

  for (const slow of ['client', 'upstream'] as const) {
    it(`writes faster than the other end reads waits for it, where the ${slow} is slow`, async () => {
      const ends = await joined()
      const [reads, writes] =
        slow === 'client' ? [ends.client, ends.upstream] : [ends.upstream, ends.client]
      reads.pause()
      // Frames of 64 KiB, masked with zeroes where a client sends them.
      const mask = slow === 'client' ? [] : [0, 0, 0, 0]
      const length = [slow === 'client' ? 127 : 255, 0, 0, 0, 0, 0, 1, 0, 0]
      const frame = Buffer.concat([Buffer.from([0x82, ...length, ...mask]), Buffer.alloc(65_536)])
      let sent = 0
      while (sent < 1_000 && writes.write(frame)) sent++
      const most = 1_000 * frame.length
      while (sent < 1_000) {
        const isTaken = await Promise.race([once(writes, 'drain'), stable()])
        if (isTaken === 'stable') break
        while (sent < 1_000 && writes.write(frame)) sent++
      }
      assert.ok(sent * frame.length < most, 'everything was taken though nobody reads')
      reads.resume()
      writes.destroy()
      await new Promise((resolve) => reads.once('close', resolve))
    })
  }
})

/** Resolves after many turns of the event loop in which nothing else did. */
async function stable(): Promise<'stable'> {
  for (let turn = 0; turn < 3_000; turn++) await new Promise((resolve) => setImmediate(resolve))
  return 'stable'
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
