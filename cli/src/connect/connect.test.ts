// `countersign connect` before a gateway that does what the test wants.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile, mkdir } from 'node:fs/promises'
import { connect as dial, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { TunnelGateway } from '../../fakes/tunnel-gateway.ts'
import { testWorld, type TestWorld } from '../../fakes/world.ts'
import { Failure } from '#failure'
import { plain } from '#paint'
import { connect, type ConnectRequest } from './connect.ts'
import { signInsFile } from './sign-ins.file.ts'
import { signOut } from './sign-out.ts'

const kept = 'k'.repeat(43)

describe('connect', () => {
  let home: string
  let gateway: TunnelGateway
  let atTheEnd: Socket[]
  let running: Promise<unknown>[]
  let worlds: TestWorld[]
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'countersign-connect-'))
    atTheEnd = []
    running = []
    worlds = []
    gateway = await TunnelGateway.open((socket) => void atTheEnd.push(socket))
    gateway.tunnels = [
      { application: 'db', name: 'DB', host: 'db.example', port: 5432, verdict: 'allow' },
    ]
  })
  afterEach(async () => {
    for (const world of worlds) world.askToStop()
    await Promise.allSettled(running)
    await gateway[Symbol.asyncDispose]()
    await rm(home, { recursive: true })
  })

  const environment = () => ({ XDG_CONFIG_HOME: home, COUNTERSIGN_PUBLIC_URL: gateway.url })

  /** A world whose standard error can be waited for. */
  const newWorld = () => {
    let heard = ''
    const listeners = new Set<() => void>()
    const world = testWorld({
      environment: environment(),
      stderr: {
        paint: plain,
        isTerminal: false,
        write(text) {
          heard += text
          for (const listener of listeners) listener()
        },
      },
    })
    worlds.push(world)
    const said = (pattern: RegExp): Promise<RegExpExecArray> =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = pattern.exec(heard)
          if (found) resolve(found)
        }
        listeners.add(look)
        look()
      })
    return { world, said, heard: () => heard }
  }

  const request = (more: Partial<ConnectRequest> = {}): ConnectRequest => ({
    application: 'db',
    console: undefined,
    listen: undefined,
    stdio: false,
    expose: false,
    signIn: false,
    json: false,
    ...more,
  })

  const listening = async (more: Partial<ConnectRequest> = {}) => {
    const it = newWorld()
    const run = connect(request(more), it.world)
    running.push(run)
    const [, port] = await Promise.race([
      it.said(/is at 127\.0\.0\.1:(\d+)\.|"port":(\d+)/).then(([, a, b]) => [a, a ?? b]),
      run.then(() => {
        throw new Error('it ended')
      }),
    ])
    const open = async (): Promise<Socket> => {
      const socket = dial({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true })
      socket.on('error', () => {})
      await once(socket, 'connect')
      return socket
    }
    return { ...it, run, open }
  }

  const keep = async (token: string, endsAt = 8e12) => {
    const file = signInsFile({ environment: environment() })
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const content = { consoles: { [gateway.url]: { token, endsAt } } }
    await writeFile(file, JSON.stringify(content), { mode: 0o600 })
    gateway.given.push(token)
  }
  const fileText = () => readFile(signInsFile({ environment: environment() }), 'utf8')

  const arrived = async (count: number): Promise<Socket> => {
    while (atTheEnd.length < count) await new Promise((resolve) => setImmediate(resolve))
    const socket = atTheEnd[count - 1]
    assert.ok(socket)
    return socket
  }

  test('signs in on first use, shows address and code, and never the token', async () => {
    const { heard, said } = await listening()
    await said(/Signed in as Ada/)
    assert.match(heard(), /countersign\.localhost:\d+\/connect\?code=BCDF-GHJK/)
    assert.match(heard(), /code BCDF-GHJK/)
    assert.ok(!heard().includes(gateway.given[0] ?? 'never'))
    assert.ok((await fileText()).includes(gateway.given[0] ?? 'never'))
  })

  test('uses the token it kept, and says nothing of it', async () => {
    await keep(kept)
    const { open, heard } = await listening()
    const socket = await open()
    await arrived(1)
    assert.equal(gateway.begun, 0)
    assert.equal(gateway.asked[0]?.token, kept)
    assert.equal(gateway.asked[0]?.authority, 'db.example:5432')
    assert.ok(!heard().includes(kept))
    socket.destroy()
  })

  test('makes each connection a tunnel of its own', async () => {
    await keep(kept)
    const { open } = await listening()
    const sockets = await Promise.all([open(), open(), open()])
    await arrived(3)
    assert.equal(gateway.asked.length, 3)
    for (const socket of sockets) socket.destroy()
  })

  test('signs in once for all connections that find the token worthless', async () => {
    await keep(kept)
    gateway.given.length = 0
    const { open } = await listening()
    const sockets = await Promise.all([open(), open(), open()])
    await arrived(3)
    assert.equal(gateway.begun, 1)
    assert.deepEqual(gateway.ended, [kept], 'what was replaced is ended')
    for (const socket of sockets) socket.destroy()
  })

  test('passes on the end of each direction by itself', async () => {
    await keep(kept)
    const { open } = await listening()
    const socket = await open()
    const far = await arrived(1)
    const question: Buffer[] = []
    far.on('data', (part: Buffer) => question.push(part))
    socket.end('a question')
    await once(far, 'end')
    assert.equal(Buffer.concat(question).toString(), 'a question')
    far.end('an answer')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    assert.equal(answer.toString(), 'an answer')
  })

  test('tears the connection off and says why, when the tunnel is ended', async () => {
    await keep(kept)
    gateway.ending = {
      why: 'access-ended',
      at: 1,
      decision: 'dec_end',
      reasons: ['“Disks” would allow this, but asks for something that is not so.'],
      nextSteps: ['Turn on disk encryption.\u001b[31m'],
    }
    const { open, said } = await listening()
    const socket = await open()
    await arrived(1)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    gateway.cut()
    await closed
    assert.ok(socket.errored, 'a reset, not an end')
    await said(/the tunnel was ended \(dec_end\)\n {2}“Disks” would allow this/)
    await said(/→ Turn on disk encryption\.\\u\{1b\}\[31m/)
  })

  test('says so when a tunnel is lost and nobody knows why', async () => {
    await keep(kept)
    const { open, said } = await listening()
    await open()
    await arrived(1)
    gateway.cut()
    await said(/connection was lost, and the gateway does not say why/)
  })

  test('explains a refusal in plain words, with what comes next', async () => {
    await keep(kept)
    gateway.verdict = () => ({
      kind: 'refuse',
      status: 403,
      problem: {
        code: 'access.denied',
        status: 403,
        title: 'access is refused',
        instance: 'dec_1',
        reasons: ['“Staff” allows this to others, not to you.'],
        nextSteps: ['Ask Ola to take you into the group Staff.'],
      },
    })
    const { open, said } = await listening()
    const socket = await open()
    await new Promise((resolve) => socket.once('close', resolve))
    await said(/access is refused\n {2}“Staff” allows this to others, not to you\.\n {2}→ Ask Ola/)
  })

  test('tells how to sign in more strongly, where that is what is missing', async () => {
    await keep(kept)
    gateway.verdict = () => ({
      kind: 'refuse',
      status: 407,
      problem: { code: 'access.step_up_required', status: 407, title: 'a fresh sign-in is needed' },
    })
    const { open, said } = await listening()
    await open()
    await said(/countersign connect --sign-in/)
    assert.equal(gateway.begun, 0)
  })

  test('tells programs in JSON', async () => {
    await keep(kept)
    const { open, said, heard } = await listening({ json: true })
    const socket = await open()
    const far = await arrived(1)
    await said(/"event":"opened"/)
    socket.end()
    far.resume().end()
    await said(/"event":"closed"/)
    for (const line of heard().trim().split('\n'))
      assert.ok('event' in (JSON.parse(line) as object))
  })

  test('waits longer when it is told to, and asks again what was lost', async () => {
    gateway.polls = [
      { kind: 'pending', intervalSeconds: 5 },
      { kind: 'slow-down', intervalSeconds: 10 },
      503,
      { kind: 'pending', intervalSeconds: 10 },
    ]
    const waits: number[] = []
    const { world } = newWorld()
    const run = connect(request(), {
      ...world,
      clock: { ...world.clock, wait: async (ms) => void waits.push(ms) },
    })
    running.push(run)
    while (gateway.given.length === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(waits, [5_000, 5_000, 10_000, 10_000, 10_000])
  })

  test('ends where the sign-in is denied', async () => {
    gateway.polls = [
      {
        type: 'urn:countersign:problem:signin.device_denied',
        code: 'signin.device_denied',
        status: 403,
        title: 'denied',
        remedy: 'start again',
      },
    ]
    await assert.rejects(connect(request(), newWorld().world), /denied/)
  })

  test('says which tunnels there are, where the one that was named is none', async () => {
    await keep(kept)
    await assert.rejects(
      connect(request({ application: 'payroll' }), newWorld().world),
      (error) =>
        error instanceof Failure && error.exit === 'notFound' && /`db`/.test(error.remedy ?? ''),
    )
  })

  test('says so where no gateway answers', async () => {
    await keep(kept)
    const { world } = newWorld()
    const away = request({
      console: 'http://localhost:1',
      application: 'db.example:1',
      signIn: true,
    })
    await assert.rejects(
      connect(away, world),
      (error) => error instanceof Failure && error.exit === 'unreachable',
    )
  })

  test('signs out at the server and forgets the token', async () => {
    await keep(kept)
    const { world } = newWorld()
    assert.equal(await signOut({ console: gateway.url, json: false }, world), 'ok')
    assert.deepEqual(gateway.ended, [kept])
    assert.ok(!(await fileText()).includes(kept))
    assert.match(world.written.stdout, /^Signed out of http:\/\/countersign\.localhost/)
    await signOut({ console: gateway.url, json: true }, world)
    assert.match(world.written.stdout, /"wasSignedIn":false/)
  })
})
