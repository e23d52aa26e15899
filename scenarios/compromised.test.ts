// Twenty minutes after a proper sign-in a device fails a check. What it has open ends at once, and
// the next request explains itself. (How long ago the sign-in was makes no difference to any of it,
// so the story does not wait.)
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { api } from '@countersign/contract/api'
import type { ImportLine } from '@countersign/contract/api/automation'
import type { UpEvent } from '@countersign/cli/fakes/installation.process'
import { lacking } from '../test/parts.ts'
import { type Home, newHome } from './command.fake.ts'
import { policies } from './organisation.ts'
import { newPlace, type Place, storySettings, withoutConsole } from './place.fake.ts'
import { type SshServer, startSshServer } from './ssh-server.fake.ts'
import { Visitor } from './visitor.fake.ts'

const devicePolicies = {
  name: 'devices.cedar',
  text: `
@id("encrypted-only")
@title("Only from a device with an encrypted disk")
permit (
  principal is Person,
  action in [Action::"access", Action::"connect"],
  resource in Group::"guarded"
)
when { context has device && context.device has diskEncryption && context.device.diskEncryption.value };
`,
}

describe(
  'compromised twenty minutes after sign-in',
  { skip: await lacking('ssh'), timeout: 180_000 },
  () => {
    let place: Place
    let home: Home
    let sshd: SshServer
    let live: Server
    let visitor: Visitor

    const target = (): string => `maintenance.localhost:${sshd.port}`
    const socketToLive = (): Promise<Socket> =>
      openWebSocket(place.installation.ports.gateway, visitor.cookies('live.localhost'))

    before(async () => {
      place = await newPlace()
      const up = place.installation.up({ ...storySettings, ...withoutConsole })
      sshd = await startSshServer()
      live = await startLive()
      const ready = await up.event(({ event }: UpEvent) => event === 'ready')
      const consoleUrl = String(ready['consoleUrl'])
      home = await newHome(consoleUrl)
      await place.furnish()

      const livePort = (live.address() as AddressInfo).port
      await place.put(
        { kind: 'group', document: { id: 'guarded', name: 'Guarded', groups: [] } },
        application('live', 'web', `http://127.0.0.1:${livePort}`),
        application('maintenance', 'tcp', `tcp://127.0.0.1:${sshd.port}`),
        laptop(true),
      )
      await place.ask((client) =>
        client.call(api.policies.make, { body: { files: [...policies, devicePolicies] } }),
      )
      visitor = new Visitor(place.installation.ports.gateway)
      assert.equal((await visitor.become('ben')).status, 200)
      assert.equal((await visitor.open('live.localhost', '/')).status, 200)
      // Signs the program in, as nobody asks for a code in the middle of the story.
      const first = home.countersign('connect', '--stdio', target())
      const said = await first.said(/code [A-Z]{4}-[A-Z]{4}/)
      const [, userCode = ''] = /code ([A-Z]{4}-[A-Z]{4})/.exec(said) ?? []
      const approval = await visitor.visit('countersign.localhost', '/api/signin/device/approve', {
        method: 'POST',
        body: { userCode },
      })
      assert.equal(approval.status, 200)
      await first.said('SSH-2.0')
      first.process.kill()
      await first.exited
    })
    after(async () => {
      await home?.[Symbol.asyncDispose]()
      await sshd?.[Symbol.asyncDispose]()
      live?.closeAllConnections()
      live?.close()
      await place?.[Symbol.asyncDispose]()
    })

    test('the WebSocket and the shell end at once, and the next request says why', async (t) => {
      const webSocket = await socketToLive()
      const shell = home.run('ssh', [
        ...sshd.clientArguments('maintenance.localhost', home.line('connect', '--stdio', '%h:%p')),
        'echo working; cat',
      ])
      await shell.said('working')

      const signal = performance.now()
      const since = (): number => Math.round(performance.now() - signal)
      const webSocketClosed = closeReason(webSocket).then((reason) => ({ reason, ms: since() }))
      const shellEnded = shell.said('the tunnel was ended').then(() => since())
      await place.put(laptop(false))
      const reportedMs = since()
      const [closed, shellMs] = await Promise.all([webSocketClosed, shellEnded])
      t.diagnostic(
        `from the signal: stored after ${reportedMs} ms, WebSocket closed after ${closed.ms} ms, shell ended and explained after ${shellMs} ms`,
      )
      assert.equal(closed.reason, 'access ended')
      assert.notEqual(await shell.exited, 0)
      assert.match(shell.errors(), /Only from a device with an encrypted disk/)
      assert.match(shell.errors(), /disk encryption/)

      const page = await visitor.visit('live.localhost', '/')
      assert.equal(page.status, 403)
      assert.match(page.body, /Only from a device with an encrypted disk/)
      const again = home.countersign('connect', '--stdio', target())
      again.process.stdin?.end()
      assert.equal(await again.exited, 4)
      assert.match(again.errors(), /Only from a device with an encrypted disk/)
    })

    test('and everything opens again when the device is well', async () => {
      await place.put(laptop(true))
      const webSocket = await socketToLive()
      webSocket.destroy()
      const shell = home.run('ssh', [
        ...sshd.clientArguments('maintenance.localhost', home.line('connect', '--stdio', '%h:%p')),
        'echo back',
      ])
      assert.equal(await shell.exited, 0)
      assert.equal(shell.out(), 'back\n')
    })
  },
)

function application(id: string, kind: 'web' | 'tcp', upstream: string): ImportLine {
  const hosts = [`${id}.localhost`]
  return {
    kind: 'application',
    document: { id, name: id, tier: 1, hosts, upstream, kind, groups: ['guarded'] },
  }
}

function laptop(isEncrypted: boolean): ImportLine {
  return {
    kind: 'device',
    document: {
      id: 'laptop-ben',
      name: 'Ben’s laptop',
      owner: 'ben',
      ownership: 'corporate',
      platform: 'linux',
      facts: {
        diskEncryption: { value: isEncrypted, observedAt: Date.now(), provenance: 'reported' },
      },
    },
  }
}

/** An application that keeps WebSockets open. */
async function startLive(): Promise<Server> {
  const server = createServer((_, response) => response.end('live'))
  server.on('upgrade', (incoming, socket) => {
    const key = incoming.headers['sec-websocket-key'] ?? ''
    const accept = createHash('sha1')
      .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.on('error', () => socket.destroy())
    socket.on('data', () => socket.end())
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function openWebSocket(port: number, cookie: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    [
      'GET /live HTTP/1.1',
      `Host: live.localhost:${port}`,
      `Cookie: ${cookie}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '',
      '',
    ].join('\r\n'),
  )
  const [head] = (await once(socket, 'data')) as [Buffer]
  assert.match(head.toString('latin1'), /^HTTP\/1\.1 101 /)
  return socket
}

/** The reason of the Close frame that comes next (RFC 6455 §5.5.1). */
async function closeReason(socket: Socket): Promise<string> {
  const [frame] = (await once(socket, 'data')) as [Buffer]
  assert.equal(frame[0], 0x88)
  socket.end()
  return frame.subarray(4).toString()
}
