// Connections to one application: which are kept, for whom, and for how long.
import assert from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { addressOf } from '#serving.process'
import { tlsOf } from '#upstream/trust'
import { dialOf } from './dial.client.ts'
import { type Asking, UpstreamFailure, type Way } from './exchange.ts'
import { Pool, type PoolLimits } from './pool.client.ts'

const limits: PoolLimits = {
  connectionsMaxCount: 10,
  connectTimeoutMs: 5_000,
  headTimeoutMs: 5_000,
  idleTimeoutMs: 5_000,
  keepAliveTimeoutMs: 5_000,
  headMaxBytes: 1_024,
}
const fine = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine'

describe('a pool of connections', () => {
  let server: Server
  let pool: Pool
  /** All connections that came, and what they were sent. */
  let arrived: { readonly socket: Socket; text: string }[]
  let script: (socket: Socket) => void

  before(async () => {
    server = createServer((socket) => {
      const connection = { socket, text: '' }
      arrived.push(connection)
      socket.on('error', () => {})
      socket.on('data', (chunk: Buffer) => {
        connection.text += chunk.toString('latin1')
        script(socket)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  after(() => server.close())
  beforeEach(() => {
    arrived = []
    script = (socket) => socket.write(fine)
    pool = made()
  })
  afterEach(() => {
    pool.destroy()
    for (const { socket } of arrived) socket.destroy()
  })

  const made = (more: Partial<PoolLimits> = {}): Pool => {
    const origin = `http://127.0.0.1:${addressOf(server).port}`
    return new Pool(dialOf(origin, tlsOf(undefined, undefined, checkServerIdentity)), {
      ...limits,
      ...more,
    })
  }

  it('uses a connection again, for one request after another', async () => {
    for (let count = 0; count < 3; count++) assert.equal(await ask(pool).answer, 'fine')
    assert.equal(arrived.length, 1)
    assert.deepEqual(pool.stats, { connected: 1, running: 0, pending: 0 })
  })

  it('opens another one for a request at the same time', async () => {
    const answers = [ask(pool).answer, ask(pool).answer]
    assert.deepEqual(await Promise.all(answers), ['fine', 'fine'])
    assert.equal(arrived.length, 2)
  })

  it('lets requests beyond its bound wait for their turn, in their order', async () => {
    pool = made({ connectionsMaxCount: 1 })
    const order: number[] = []
    const asked = [0, 1, 2].map((index) => ask(pool).answer.then(() => order.push(index)))
    assert.equal(pool.stats.pending, 3)
    await Promise.all(asked)
    assert.deepEqual(order, [0, 1, 2])
    assert.equal(arrived.length, 1)
  })

  it('sends nothing for a request that was given up while it waited', async () => {
    pool = made({ connectionsMaxCount: 1 })
    const first = ask(pool)
    const second = ask(pool)
    second.way.abort(new Error('given up'))
    await assert.rejects(second.answer, /given up/)
    await first.answer
    assert.equal(arrived[0]?.text.match(/GET/g)?.length, 1)
  })

  it('ends the connection of a request that is given up', async () => {
    script = () => {}
    const { way, answer } = ask(pool)
    await until(() => arrived[0]?.text !== undefined && arrived[0].text !== '')
    way.abort(new Error('given up'))
    await assert.rejects(answer, /given up/)
    assert.equal(pool.stats.connected, 0)
    script = (socket) => socket.write(fine)
    assert.equal(await ask(pool).answer, 'fine')
    assert.equal(arrived.length, 2)
  })

  for (const [what, answer] of Object.entries({
    'that the application says it closes': fine.replace(
      '\r\n\r\n',
      '\r\nConnection: x, Close\r\n\r\n',
    ),
    'of HTTP/1.0': fine.replace('1.1', '1.0'),
    'that will be closed before long': fine.replace(
      '\r\n\r\n',
      '\r\nKeep-Alive: timeout=1\r\n\r\n',
    ),
    'with something behind the answer': `${fine}X`,
    'with a whole second answer behind it': fine + fine,
  })) {
    it(`does not use a connection again ${what}`, async () => {
      script = (socket) => socket.write(answer)
      assert.equal(await ask(pool).answer, 'fine')
      assert.equal(pool.stats.connected, 0)
      assert.equal(await ask(pool).answer, 'fine')
      assert.equal(arrived.length, 2)
    })
  }

  it('does not use a connection again on which something came unasked', async () => {
    await ask(pool).answer
    arrived[0]?.socket.write(fine)
    await until(() => pool.stats.connected === 0)
    assert.equal(await ask(pool).answer, 'fine')
  })

  it('ends a connection that nobody needs any more', async () => {
    pool = made({ keepAliveTimeoutMs: 20 })
    await ask(pool).answer
    await until(() => pool.stats.connected === 0)
  })

  it('waits for an answer no longer than its bounds', async () => {
    pool = made({ headTimeoutMs: 30, idleTimeoutMs: 30 })
    script = () => {}
    await assert.rejects(ask(pool).answer, { code: 'ERR_UPSTREAM_HEAD_TIMEOUT' })
    script = (socket) => socket.write(fine.slice(0, -1))
    await assert.rejects(ask(pool).answer, { code: 'ERR_UPSTREAM_BODY_TIMEOUT' })
  })

  it('says that a connection was lost', async () => {
    script = (socket) => socket.end()
    await assert.rejects(ask(pool).answer, { code: 'ERR_UPSTREAM_LOST' })
  })

  it('takes nothing once it is closed, and lets what is in progress finish', async () => {
    const asked = ask(pool)
    await until(() => arrived.length === 1)
    pool.close()
    assert.equal(await asked.answer, 'fine')
    await assert.rejects(ask(pool).answer, UpstreamFailure)
    assert.equal(pool.stats.connected, 0)
  })

  it('sends nothing that would not stay on its line', async () => {
    const headers = ['x', 'a\r\nevil: 1']
    await assert.rejects(ask(pool, { headers }).answer, /cannot be sent as it is/)
    assert.equal(arrived.map(({ text }) => text).join(''), '')
  })

  it('sends a body in chunks with what comes behind it, and refuses one of another length', async () => {
    script = (socket) => {
      if (arrived[0]?.text.endsWith('\r\n\r\n') === true) socket.write(fine)
    }
    const answer = ask(pool, {
      body: { kind: 'chunked' },
      onSent(connection) {
        connection.write(Buffer.from('body'))
        setImmediate(() => connection.endBody(['x-sum', '42', 'bad', 'a\r\nb']))
      },
    }).answer
    assert.equal(await answer, 'fine')
    assert.match(arrived[0]?.text ?? '', /\r\n\r\n4\r\nbody\r\n0\r\nx-sum: 42\r\n\r\n$/)
    for (const body of ['shor', 'longer']) {
      const other = ask(pool, {
        body: { kind: 'length', bytes: 5 },
        onSent(connection) {
          connection.write(Buffer.from(body))
          connection.endBody([])
        },
      })
      await assert.rejects(other.answer, { code: 'ERR_UPSTREAM_BODY_LENGTH' })
    }
  })
})

/** A request without a body, unless told otherwise; `answer` is the body of what comes back. */
function ask(
  pool: Pool,
  more: Partial<Asking> = {},
): { readonly way: Way; readonly answer: Promise<string> } {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let body = ''
  const way = pool.ask({
    method: 'GET',
    path: '/',
    headers: ['host', 'x'],
    body: { kind: 'none' },
    onSent() {},
    onDrain() {},
    onHead() {},
    onData: (chunk) => (body += chunk.toString('latin1')),
    onPiece() {},
    onEnd: () => resolve(body),
    onError: reject,
    ...more,
  })
  return { way, answer: promise }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
