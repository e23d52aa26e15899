// A tunnel leads to one place, for one person, for as long as policies allow it.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { DecisionRecord } from '@countersign/contract/decision'
import { tunnelEnding, tunnelEndPath, tunnelList, tunnelsPath } from '@countersign/contract/tunnel'
import { application, laptop, person, World } from '#world.fake'
import { FarEnd } from './far-end.fake.ts'
import { connectThrough, everything, howItEnded } from './tunnel.fake.ts'

describe('a tunnel', () => {
  let world: World
  let end: FarEnd
  let other: FarEnd
  before(async () => {
    end = await FarEnd.open()
    other = await FarEnd.open()
    world = await World.begin()
    await world.plane.put(
      application('shell', `tcp://127.0.0.1:${end.port}`, { kind: 'tcp', description: 'a shell' }),
      application('database', `tcp://127.0.0.1:${end.port}`, { kind: 'tcp' }),
      application('open-tunnel', `tcp://127.0.0.1:${end.port}`, { kind: 'tcp' }),
      application('unrelated', `tcp://127.0.0.1:${other.port}`, { kind: 'tcp' }),
    )
    await world.settle()
  })
  after(async () => {
    await world.end()
    await end.close()
    await other.close()
  })

  const open = (target: string, token?: string, headers?: readonly string[]) =>
    connectThrough({
      port: world.port,
      target,
      ...(token === undefined ? {} : { token }),
      ...(headers === undefined ? {} : { headers }),
    })
  const shell = () => `shell.localhost:${end.port}`

  it('joins both sides, byte for byte, and says under which decision', async () => {
    const { token } = await world.signInProgram('bob')
    const arriving = end.next()
    const { socket, status, head, decision } = await open(shell(), token)
    assert.equal(status, 200)
    assert.match(decision ?? '', /^dec_/)
    assert.doesNotMatch(head, /content-length|transfer-encoding/i)
    const far = await arriving
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256))
    socket.end(bytes)
    assert.deepEqual(await everything(far), bytes)
    far.end('bye')
    assert.equal((await everything(socket)).toString(), 'bye')
  })

  it('is on record before it is open, as what it is', async () => {
    const { token } = await world.signInProgram('bob')
    const { socket, decision } = await open(shell(), token)
    const record = recorded(world).find(({ id }) => id === decision)
    assert.equal(record?.action, 'connect')
    assert.equal(record?.verdict, 'allow')
    assert.deepEqual(record?.context['request'], {
      protocol: 'tunnel',
      method: 'CONNECT',
      host: 'shell.localhost',
      path: '',
    })
    socket.destroy()
  })

  describe('keeps its directions apart:', () => {
    it('who has sent everything still receives', async () => {
      const { token } = await world.signInProgram('bob')
      const arriving = end.next()
      const { socket } = await open(shell(), token)
      const far = await arriving
      socket.end('question')
      assert.equal((await everything(far)).toString(), 'question')
      far.write('a long ')
      far.end('answer')
      assert.equal((await everything(socket)).toString(), 'a long answer')
    })

    it('an application that has said everything still listens', async () => {
      const { token } = await world.signInProgram('bob')
      const arriving = end.next()
      const { socket } = await open(shell(), token)
      const far = await arriving
      far.end('greeting')
      assert.equal((await everything(socket)).toString(), 'greeting')
      socket.end('and more')
      assert.equal((await everything(far)).toString(), 'and more')
    })

    it('a side that breaks off is not taken for one that has finished', async () => {
      const { token } = await world.signInProgram('bob')
      const arriving = end.next()
      const { socket } = await open(shell(), token)
      const far = await arriving
      far.resetAndDestroy()
      assert.equal(await howItEnded(socket), 'torn')
    })

    it('a slow reader slows the sender, and loses nothing', async () => {
      const { token } = await world.signInProgram('bob')
      const arriving = end.next()
      const { socket } = await open(shell(), token)
      const far = await arriving
      const before = await bytesToClients(world)
      const everythingBytes = 96 * 1024 * 1024
      far.end(Buffer.alloc(everythingBytes, 7))
      // The reader takes nothing, while the gateway has time for a thousand other things.
      for (let turn = 0; turn < 200; turn++) await world.request('open.localhost', '/').then(read)
      const takenBytes = (await bytesToClients(world)) - before
      assert.ok(takenBytes < everythingBytes / 2, `${takenBytes} bytes were taken for nobody`)
      assert.equal((await everything(socket)).length, everythingBytes)
      socket.destroy()
    })
  })

  describe('is refused before it leads anywhere', () => {
    // `PORT` is the one that the application serves.
    const hostile: Readonly<Record<string, readonly [target: string, detail: RegExp]>> = {
      'names no port': ['shell.localhost', /ends with a port/],
      'names port 0': ['shell.localhost:0', /ends with a port/],
      'names an empty port': ['shell.localhost:', /ends with a port/],
      'names a port beyond all ports': ['shell.localhost:65536', /ends with a port/],
      'writes its port in another way': ['shell.localhost:0PORT', /ends with a port/],
      'names a user': ['bob@shell.localhost:PORT', /names no user/],
      'hides its host behind a user': ['shell.localhost:22@evil.example:PORT', /names no user/],
      'is in absolute form': ['http://shell.localhost:PORT/', /not HTTP|nothing else/],
      'is in origin form': ['/', /not HTTP|nothing else/],
      'is an asterisk': ['*', /not HTTP|ends with a port/],
      'escapes its name': ['shell%2elocalhost:PORT', /not HTTP|not a host name/],
      'ends its name with a dot': ['shell.localhost.:PORT', /not a host name/],
      'names a zone of IPv6': ['[fe80::1%25eth0]:PORT', /not HTTP|not a host name/],
      'writes IPv6 without brackets': ['::1:PORT', /not HTTP|not a host name/],
    }
    for (const [why, [pattern, detail]] of Object.entries(hostile)) {
      it(`when its target ${why}`, async () => {
        const target = pattern.replace('PORT', String(end.port))
        const { token } = await world.signInProgram('bob')
        const { status, rest } = await open(target, token)
        const details = JSON.parse(rest.toString()) as { code: string; detail: string }
        assert.equal(status, 400)
        assert.equal(details.code, 'request.malformed')
        assert.match(details.detail, detail)
      })
    }

    const elsewhere: Readonly<Record<string, () => string>> = {
      'another port of the same host': () => `shell.localhost:${other.port}`,
      'the port of the gateway itself': () => `shell.localhost:${world.port}`,
      'an address instead of a name': () => `127.0.0.1:${end.port}`,
      'an address of IPv6': () => `[::1]:${end.port}`,
      'an address of IPv4 within IPv6': () => `[::ffff:127.0.0.1]:${end.port}`,
      'a number that some read as an address': () => `2130706433:${end.port}`,
      'a host that nobody serves': () => `elsewhere.example:443`,
      'an application of the web': () => `wiki.localhost:${end.port}`,
      'the console': () => `countersign.localhost:${end.port}`,
    }
    for (const [what, target] of Object.entries(elsewhere)) {
      it(`when it names ${what}`, async () => {
        const { token } = await world.signInProgram('bob')
        const before = end.connections.length + other.connections.length
        const { status } = await open(target(), token)
        assert.equal(status, 421)
        assert.equal(end.connections.length + other.connections.length, before)
      })
    }

    it('when `Host` says something else than its target', async () => {
      const { token } = await world.signInProgram('bob')
      for (const host of [
        `unrelated.localhost:${end.port}`,
        `shell.localhost:${other.port}`,
        'shell.localhost',
      ]) {
        const { status } = await open(shell(), token, [
          `Host: ${host}`,
          `Proxy-Authorization: Bearer ${token}`,
        ])
        assert.equal(status, 400, host)
      }
    })

    it('when it comes with a body, or with bytes before the answer', async () => {
      const { token } = await world.signInProgram('bob')
      const head = `CONNECT ${shell()} HTTP/1.1\r\nHost: ${shell()}\r\nProxy-Authorization: Bearer ${token}\r\n`
      for (const more of [
        'Content-Length: 0\r\n\r\n',
        'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        '\r\nGET / HTTP/1.1\r\nHost: wiki.localhost\r\n\r\n',
      ]) {
        const answer = await world.exchange(head + more)
        assert.match(answer, /^HTTP\/1\.1 400 /)
        assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1, 'one answer, and the end')
      }
    })

    it('when an HTTP request names an application of tunnels', async () => {
      const { cookie } = await world.signIn('bob', 'shell.localhost')
      const answer = await world.request('shell.localhost', '/', { headers: { cookie } })
      assert.equal(answer.statusCode, 421)
      assert.match(await answer.body.text(), /route\.other_way/)
    })
  })

  describe('asks who is there', () => {
    const credentials: Readonly<
      Record<string, () => Promise<readonly string[]> | readonly string[]>
    > = {
      'nothing is presented': () => [],
      'the token is none of ours': () => [`Proxy-Authorization: Bearer ${'a'.repeat(43)}`],
      'the token is malformed': () => ['Proxy-Authorization: Bearer x'],
      'the scheme is another': async () => {
        const { token } = await world.signInProgram('bob')
        return [`Proxy-Authorization: Basic ${token}`]
      },
      'the token stands where applications look': async () => {
        const { token } = await world.signInProgram('bob')
        return [`Authorization: Bearer ${token}`]
      },
      'the token has expired': async () => {
        const { token } = await world.signInProgram('bob', { token: { endsAt: Date.now() - 1 } })
        return [`Proxy-Authorization: Bearer ${token}`]
      },
      'the token is for another host': async () => {
        const { token } = await world.signInProgram('bob', { token: { host: 'shell.localhost' } })
        return [`Proxy-Authorization: Bearer ${token}`]
      },
      'it is the cookie of a browser': async () => {
        const { token } = await world.signIn('bob', 'countersign.localhost')
        return [`Proxy-Authorization: Bearer ${token}`, `Cookie: __Host-countersign=${token}`]
      },
      'the session is over': async () => {
        const { token, session } = await world.signInProgram('bob')
        await world.plane.remove('session', session)
        await world.settle()
        return [`Proxy-Authorization: Bearer ${token}`]
      },
    }
    for (const [when, headers] of Object.entries(credentials)) {
      for (const name of ['shell', 'open-tunnel']) {
        it(`and refuses \`${name}\` when ${when}`, async () => {
          const target = `${name}.localhost:${end.port}`
          const { status, head, rest } = await open(target, undefined, [
            `Host: ${target}`,
            ...(await headers()),
          ])
          assert.equal(status, 407)
          assert.match(head, /^proxy-authenticate: Bearer/im)
          const details = JSON.parse(rest.toString()) as Record<string, unknown>
          assert.equal(details['status'], 407)
          assert.equal(details['code'], 'access.sign_in_required')
          assert.equal(details['explanation'], undefined)
        })
      }
    }

    it('and takes two credentials for none', async () => {
      const { token } = await world.signInProgram('bob')
      const line = `Proxy-Authorization: Bearer ${token}`
      const { status } = await open(shell(), undefined, [`Host: ${shell()}`, line, line])
      assert.equal(status, 400)
    })

    it('and opens no page to the token of a program', async () => {
      const { token } = await world.signInProgram('bob')
      const answer = await world.request('payroll.localhost', '/', {
        headers: {
          cookie: `__Host-countersign=${token}`,
          'proxy-authorization': `Bearer ${token}`,
          authorization: `Bearer ${token}`,
          accept: 'application/json',
        },
      })
      assert.equal(answer.statusCode, 401)
    })

    it('and writes the token nowhere', async () => {
      const { token } = await world.signInProgram('ada')
      const { socket } = await open(shell(), token)
      await open(`database.localhost:${end.port}`, token)
      socket.destroy()
      assert.ok(!world.logLines.join('').includes(token))
      assert.ok(!recordText(world).includes(token))
    })
  })

  describe('explains a refusal', () => {
    it('with the decision, the reasons and the next steps', async () => {
      const { token } = await world.signInProgram('ada')
      const { status, rest, decision } = await open(`database.localhost:${end.port}`, token)
      const details = JSON.parse(rest.toString()) as {
        readonly instance: string
        readonly reasons: readonly string[]
      }
      assert.equal(status, 403)
      assert.equal(details.instance, decision)
      assert.match(details.reasons.join(' '), /Staff reach the database from encrypted devices/)
    })
  })

  describe('is judged again', () => {
    const ended = async (token: string, decision: string | undefined) =>
      tunnelEnding.parse(await ask(world, tunnelEndPath(decision ?? ''), token))

    it('as soon as a fact changes, and then torn off on both sides', async () => {
      await world.plane.put(laptop('laptop-t', true, Date.now()))
      const { token } = await world.signInProgram('ada', { device: 'laptop-t' })
      const arriving = end.next()
      const target = `database.localhost:${end.port}`
      const { socket, decision } = await open(target, token)
      const far = await arriving
      const both = Promise.all([howItEnded(socket), howItEnded(far)])
      await world.plane.put(laptop('laptop-t', false, Date.now()))
      assert.deepEqual(await both, ['torn', 'torn'])
      const ending = await ended(token, decision)
      assert.equal(ending.why, 'access-ended')
      assert.match(ending.reasons.join(' '), /Staff reach the database from encrypted devices/)
      const record = recorded(world).find(({ id }) => id === ending.decision)
      assert.equal(record?.verdict, 'deny')
      assert.equal((await open(target, token)).status, 403)
    })

    it('when its person is switched off, and says no more than that', async () => {
      await world.plane.put(person('cleo', 'Cleo', []))
      const { token } = await world.signInProgram('cleo')
      const { socket, decision } = await open(shell(), token)
      const over = howItEnded(socket)
      await world.plane.remove('person', 'cleo')
      assert.equal(await over, 'torn')
      const ending = await ended(token, decision)
      assert.match(ending.reasons.join(' '), /counts no more/)
      assert.match(ending.nextSteps.join(' '), /--sign-in/)
    })

    it('also where a policy would let anyone in: nobody is no one to tunnel', async () => {
      const { token, session } = await world.signInProgram('bob')
      const { socket } = await open(`open-tunnel.localhost:${end.port}`, token)
      const over = howItEnded(socket)
      await world.plane.remove('session', session)
      assert.equal(await over, 'torn')
    })

    it('when the application moves: a route is one destination', async () => {
      await world.plane.put(
        application('shell', `tcp://127.0.0.1:${other.port}`, { kind: 'tcp' }),
        application('moved', `tcp://127.0.0.1:${end.port}`, { kind: 'tcp' }),
      )
      await world.settle()
      const { token } = await world.signInProgram('bob')
      const { socket } = await open(`shell.localhost:${other.port}`, token)
      const over = howItEnded(socket)
      await world.plane.put(
        application('shell', `tcp://127.0.0.1:${end.port}`, {
          kind: 'tcp',
          description: 'a shell',
        }),
      )
      assert.equal(await over, 'torn')
    })

    it('and how it ended is told to nobody else', async () => {
      const { token, session } = await world.signInProgram('bob')
      const { socket, decision } = await open(shell(), token)
      const over = howItEnded(socket)
      await world.plane.remove('session', session)
      await over
      const stranger = await world.signInProgram('ada')
      const answer = ask(world, tunnelEndPath(decision ?? ''), stranger.token)
      await assert.rejects(answer, /404/)
      await assert.rejects(ask(world, tunnelEndPath(decision ?? ''), ''), /401/)
      assert.equal((await ended(token, decision)).why, 'access-ended')
    })

    it('and an end of its own is not remembered', async () => {
      const { token } = await world.signInProgram('bob')
      const arriving = end.next()
      const { socket, decision } = await open(shell(), token)
      const far = await arriving
      socket.end()
      far.end()
      await howItEnded(socket)
      await assert.rejects(ended(token, decision), /404/)
    })
  })

  it('is listed for whom it would open, at the console alone', async () => {
    const { token } = await world.signInProgram('bob')
    const { tunnels } = tunnelList.parse(await ask(world, tunnelsPath, token))
    assert.deepEqual(tunnels, [
      {
        application: 'open-tunnel',
        name: 'Open-tunnel',
        host: 'open-tunnel.localhost',
        port: end.port,
        verdict: 'allow',
      },
      {
        application: 'shell',
        name: 'Shell',
        description: 'a shell',
        host: 'shell.localhost',
        port: end.port,
        verdict: 'allow',
      },
    ])
    await assert.rejects(ask(world, tunnelsPath, token, 'wiki.localhost'), /404/)
    await assert.rejects(ask(world, tunnelsPath, 'b'.repeat(43)), /401/)
  })

  it('fails with a reason where nobody is at its end', async () => {
    const nobody = await FarEnd.open()
    const { port } = nobody
    await nobody.close()
    await world.plane.put(application('shell', `tcp://127.0.0.1:${port}`, { kind: 'tcp' }))
    await world.settle()
    const { token } = await world.signInProgram('bob')
    const { status, rest } = await open(`shell.localhost:${port}`, token)
    assert.equal(status, 502)
    assert.match(rest.toString(), /"code":"upstream\.unreachable"/)
    await world.plane.put(
      application('shell', `tcp://127.0.0.1:${end.port}`, { kind: 'tcp', description: 'a shell' }),
    )
    await world.settle()
  })

  it('is counted, in bytes and in ends', async () => {
    const text = await world.running.gateway.metrics.registry.metrics()
    assert.match(text, /countersign_tunnel_bytes_total\{direction="to-application"\} [1-9]/)
    assert.match(text, /countersign_tunnel_bytes_total\{direction="to-client"\} [1-9]/)
    assert.match(text, /countersign_tunnels_ended_total\{why="access-ended"\} [1-9]/)
    assert.match(text, /countersign_tunnels_ended_total\{why="closed"\} [1-9]/)
  })

  it('is one of a thousand that take little room', async (t) => {
    const { token } = await world.signInProgram('bob')
    const heapBefore = process.memoryUsage().heapUsed
    const tunnels = []
    for (let index = 0; index < 1_000; index++) tunnels.push(await open(shell(), token))
    assert.ok(tunnels.every(({ status }) => status === 200))
    const perTunnelBytes = (process.memoryUsage().heapUsed - heapBefore) / 1_000
    // The client, the gateway and the application are all in this process: four sockets each.
    t.diagnostic(`${Math.round(perTunnelBytes / 1024)} KiB of heap for a tunnel and its three ends`)
    assert.ok(perTunnelBytes < 200 * 1024, `${Math.round(perTunnelBytes)} bytes a tunnel`)
    const over = Promise.all(tunnels.map(({ socket }) => howItEnded(socket)))
    await world.plane.remove('person', 'bob')
    assert.ok((await over).every((how) => how === 'torn'))
    await world.plane.put(person('bob', 'Bob', []))
  })

  it('ends with the gateway, and opens again at the next one', async () => {
    const { token } = await world.signInProgram('bob')
    const { socket } = await open(shell(), token)
    const over = howItEnded(socket)
    await world.stopGateway()
    assert.equal(await over, 'torn')
    await world.startGateway()
    const again = await open(shell(), token)
    assert.equal(again.status, 200)
    again.socket.destroy()
  })
})

const read = (answer: { readonly body: { text(): Promise<string> } }) => answer.body.text()

async function bytesToClients(world: World): Promise<number> {
  const text = await world.running.gateway.metrics.registry.metrics()
  return Number(/tunnel_bytes_total\{direction="to-client"\} (\d+)/.exec(text)?.[1] ?? 0)
}

function recorded(world: World): readonly DecisionRecord[] {
  return recordText(world)
    .split('\n')
    .filter((line) => line.includes('"dec_'))
    .map((line) => (JSON.parse(line) as { readonly record: DecisionRecord }).record)
}

function recordText(world: World): string {
  const directory = join(world.dataDir, 'gateway', 'decisions')
  return readdirSync(directory)
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('\n')
}

/** Asks the gateway a question about tunnels; rejects with the status where it does not answer it. */
function ask(
  world: World,
  path: string,
  token: string,
  host = 'countersign.localhost',
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { host, ...(token === '' ? {} : { 'proxy-authorization': `Bearer ${token}` }) }
    request({ host: '127.0.0.1', port: world.port, path, headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Error(`${response.statusCode} ${text}`))
      })
    })
      .on('error', reject)
      .end()
  })
}
