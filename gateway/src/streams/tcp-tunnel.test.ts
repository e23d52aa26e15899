// A tunnel has an end, whatever its sides do.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { TcpTunnel, type TcpTunnelLimits } from './tcp-tunnel.ts'

const limits: TcpTunnelLimits = {
  idleTimeoutMs: 60_000,
  halfClosedTimeoutMs: 5_000,
  maxAgeMs: 600_000,
}

describe('a joined pair of connections', () => {
  let server: Server
  const sockets: Socket[] = []
  beforeEach(async (t) => {
    assert.ok('mock' in t)
    t.mock.timers.enable({ apis: ['setTimeout'] })
    server = createServer({ allowHalfOpen: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    server.close()
    await once(server, 'close')
  })

  /** Both ends of a connection: ours, and the peer's. */
  const pair = async (): Promise<readonly [ours: Socket, peer: Socket]> => {
    const { port } = server.address() as AddressInfo
    const peer = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const [ours] = (await once(server, 'connection')) as [Socket]
    for (const socket of [ours, peer]) socket.on('error', () => {})
    sockets.push(ours, peer)
    return [ours, peer]
  }

  const tunnel = async (more: Partial<TcpTunnelLimits> = {}) => {
    const [client, clientPeer] = await pair()
    const [upstream, upstreamPeer] = await pair()
    let bytes = 0
    const joined = new TcpTunnel({
      ...limits,
      ...more,
      client,
      upstream,
      onBytes: (_, count) => (bytes += count),
    })
    return { joined, upstream, clientPeer, upstreamPeer, bytes: () => bytes }
  }

  it('ends when nothing passes for too long, and not before', async (t) => {
    const { joined, clientPeer, upstreamPeer } = await tunnel()
    t.mock.timers.tick(limits.idleTimeoutMs - 1)
    clientPeer.write('still here')
    const [chunk] = (await once(upstreamPeer, 'data')) as [Buffer]
    assert.equal(chunk.toString(), 'still here')
    t.mock.timers.tick(limits.idleTimeoutMs)
    assert.equal(await joined.ended, 'idle')
  })

  it('waits less for a side that has only to listen', async (t) => {
    const { joined, clientPeer, upstreamPeer } = await tunnel()
    clientPeer.end('all I have')
    upstreamPeer.resume()
    await once(upstreamPeer, 'end')
    t.mock.timers.tick(limits.halfClosedTimeoutMs)
    assert.equal(await joined.ended, 'idle')
  })

  it('ends at its greatest age, however busy it is', async (t) => {
    const { joined, clientPeer, upstreamPeer } = await tunnel({
      idleTimeoutMs: 2 * limits.maxAgeMs,
    })
    for (let passed = 0; passed < limits.maxAgeMs; passed += limits.maxAgeMs / 10) {
      clientPeer.write('x')
      await once(upstreamPeer, 'data')
      t.mock.timers.tick(limits.maxAgeMs / 10)
    }
    assert.equal(await joined.ended, 'expired')
  })

  it('counts what passes', async () => {
    const { clientPeer, upstreamPeer, bytes } = await tunnel()
    clientPeer.write('12345')
    await once(upstreamPeer, 'data')
    upstreamPeer.write('678')
    await once(clientPeer, 'data')
    assert.equal(bytes(), 8)
  })

  it('knows the first reason for its end', async () => {
    const { joined } = await tunnel()
    joined.end('access-ended')
    joined.end('stopping')
    assert.equal(await joined.ended, 'access-ended')
  })

  it('ends also where it is torn off at the moment of a proper end', async () => {
    const { joined, upstream, upstreamPeer } = await tunnel()
    upstream.once('end', () => joined.end('access-ended'))
    upstreamPeer.end('the last words')
    assert.equal(await joined.ended, 'access-ended')
  })

  it('tears off the other side when one is lost', async () => {
    const { joined, clientPeer, upstreamPeer } = await tunnel()
    clientPeer.resetAndDestroy()
    assert.equal(await joined.ended, 'broken')
    if (!upstreamPeer.closed) {
      upstreamPeer.resume()
      await new Promise((resolve) => upstreamPeer.once('close', resolve))
    }
    assert.ok(upstreamPeer.errored)
  })
})
