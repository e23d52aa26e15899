// Applications that break off, break the protocol or say too much: the client sees that its answer
// is not whole, the next client is not harmed, and nothing stays behind.
import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { after, afterEach, before, describe, it } from 'node:test'
import { addressOf } from '#serving.process'
import { readAnswers } from '#wire-fuzz/reader.fake'
import { application, World } from '#world.fake'

type Script = (socket: Socket) => void

const says =
  (text: string): Script =>
  (socket) =>
    void socket.write(Buffer.from(text, 'latin1'))
const saysAndBreaksOff =
  (text: string): Script =>
  (socket) =>
    void socket.write(Buffer.from(text, 'latin1'), () => socket.resetAndDestroy())
const saysAndEnds =
  (text: string): Script =>
  (socket) =>
    void socket.end(Buffer.from(text, 'latin1'))

const ok = 'HTTP/1.1 200 OK\r\n'
const fine = `${ok}content-length: 4\r\n\r\nfine`

/** What a client sees: a whole answer with its body, one that is cut, or a refusal of ours. */
type Seen = { readonly whole: string } | 'cut' | 502 | 504

const faults: readonly (readonly [claim: string, script: Script, seen: Seen])[] = [
  ['dies before its answer', (socket) => void socket.resetAndDestroy(), 502],
  ['ends without an answer', (socket) => void socket.end(), 502],
  ['says nothing', () => {}, 504],
  ['dies in the middle of a head', saysAndBreaksOff(`${ok}content-le`), 502],
  ['stops in the middle of a head', says(`${ok}content-le`), 504],
  ['dies in the middle of a body', saysAndBreaksOff(`${ok}content-length: 100\r\n\r\npart`), 'cut'],
  ['ends in the middle of a body', saysAndEnds(`${ok}content-length: 100\r\n\r\npart`), 'cut'],
  ['stops in the middle of a body', says(`${ok}content-length: 100\r\n\r\npart`), 'cut'],
  [
    'ends in the middle of a chunk',
    saysAndEnds(`${ok}transfer-encoding: chunked\r\n\r\n5\r\npa`),
    'cut',
  ],
  [
    'ends before the last chunk',
    saysAndEnds(`${ok}transfer-encoding: chunked\r\n\r\n4\r\npart\r\n`),
    'cut',
  ],
  // Nothing of what came with the fault was passed on, so the client can be told.
  ['breaks a chunk', says(`${ok}transfer-encoding: chunked\r\n\r\n4\r\npartX\r\n0\r\n\r\n`), 502],
  [
    'names a chunk too large to count',
    says(`${ok}transfer-encoding: chunked\r\n\r\n${'f'.repeat(17)}\r\nx`),
    502,
  ],
  [
    'breaks a later chunk',
    (socket) => {
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n4\r\npart\r\n`)
      setTimeout(() => socket.write('X\r\n'), 50)
    },
    'cut',
  ],
  [
    'keeps the connection behind a whole body',
    says(`${ok}content-length: 5\r\n\r\nwhole`),
    { whole: 'whole' },
  ],
  ['ends its body with the connection', saysAndEnds(`${ok}\r\nwhole`), { whole: 'whole' }],
  ['speaks HTTP/1.0', saysAndEnds('HTTP/1.0 200 OK\r\n\r\nwhole'), { whole: 'whole' }],
  ['says more than its length', says(`${ok}content-length: 2\r\n\r\nokEXTRA`), { whole: 'ok' }],
  ['answers twice', says(`${fine}${ok}content-length: 4\r\n\r\nevil`), { whole: 'fine' }],
  [
    'answers with 204 and a body',
    says('HTTP/1.1 204 No Content\r\ncontent-length: 4\r\n\r\nevil'),
    { whole: '' },
  ],
  ['names two lengths', says(`${ok}content-length: 4\r\ncontent-length: 5\r\n\r\nevil`), 502],
  [
    'names a length and chunks',
    says(`${ok}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n`),
    502,
  ],
  ['names a length below zero', says(`${ok}content-length: -4\r\n\r\nevil`), 502],
  ['folds a line', says(`${ok}x: a\r\n b\r\ncontent-length: 4\r\n\r\nevil`), 502],
  ['ends lines without CR', says('HTTP/1.1 200 OK\ncontent-length: 4\n\nevil'), 502],
  ['speaks another protocol', says('SSH-2.0-OpenSSH_9.9\r\n'), 502],
  [
    'switches protocols unasked',
    says('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    502,
  ],
  [
    'says hints without end',
    (socket) =>
      void socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(1_000) + fine),
    { whole: 'fine' },
  ],
  ['has a status that is none', says('HTTP/1.1 99 What\r\ncontent-length: 0\r\n\r\n'), 502],
]

describe('an application that', () => {
  let world: World
  let script: Script = says(fine)
  const sockets = new Set<Socket>()
  const raw = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      if (/^[A-Z]+ \//.test(chunk.toString('latin1'))) script(socket)
    })
  })
  before(async () => {
    world = await World.begin({
      start: { upstreamTimeouts: { headTimeoutMs: 300, idleTimeoutMs: 300 } },
    })
    await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${addressOf(raw).port}`
    await world.plane.put(application('open', url))
    await world.settle()
  })
  after(async () => {
    await world.end()
    for (const socket of sockets) socket.destroy()
    raw.close()
  })
  afterEach(async () => {
    // Whatever happened: the next client gets its own answer, and nothing is left in progress.
    script = says(fine)
    assert.match(await ask('GET'), /\r\n\r\nfine$/)
    assert.match(await ask('POST'), /\r\n\r\nfine$/)
    await until(() => world.running.gateway.streams.size === 0)
  })

  const ask = (method: string): Promise<string> =>
    world.exchange(
      `${method} / HTTP/1.1\r\nHost: open.localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    )

  for (const [claim, faulty, seen] of faults) {
    for (const method of ['GET', 'POST']) {
      it(`${claim} (${method})`, async () => {
        script = faulty
        const text = await ask(method)
        const answers = readAnswers(text, [method])
        assert.ok(answers, `no HTTP/1.1: ${text}`)
        assert.ok(answers.length <= 1, text)
        assert.doesNotMatch(text, /evil|EXTRA/)
        const [answer] = answers
        if (seen === 'cut') {
          assert.equal(answer, undefined, `taken for whole: ${text}`)
        } else if (typeof seen === 'number') {
          assert.equal(answer?.status, seen)
          assert.match(answer?.headers.get('content-type') ?? '', /problem\+json/)
        } else assert.equal(answer?.body, seen.whole)
      })
    }
  }

  it('says a second answer later harms no other client', async () => {
    const idle = new Promise<Socket>((resolve) => {
      script = (socket) => {
        socket.write(fine)
        resolve(socket)
      }
    })
    assert.match(await ask('GET'), /\r\n\r\nfine$/)
    const socket = await idle
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(`${ok}content-length: 4\r\n\r\nevil`)
    await closed
  })

  it('answers before it has the whole request ends the upload', async () => {
    script = says(fine)
    const socket = await world.dial()
    socket.on('error', () => {})
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.write('POST / HTTP/1.1\r\nHost: open.localhost\r\nContent-Length: 100000000\r\n\r\npart')
    await new Promise((resolve) => socket.once('close', resolve))
    assert.match(text, /\r\n\r\nfine$/)
  })

  it('takes nothing of an upload is told when the client gives up', async () => {
    const gone = new Promise<void>((resolve) => {
      script = (socket) => {
        socket.pause()
        socket.once('close', () => resolve())
        setImmediate(() => socket.resume())
      }
    })
    const socket = await world.dial()
    socket.write('POST / HTTP/1.1\r\nHost: open.localhost\r\nContent-Length: 9\r\n\r\npart')
    await until(() => world.running.gateway.streams.size === 1)
    socket.resetAndDestroy()
    await gone
  })
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
