// Very many connections that want nothing, or never finish what they want: the gateway stays within
// its memory, serves everyone else meanwhile, and ends each of them within its bound.
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { World } from '#world.fake'

const mebibyte = 1024 * 1024
/** What the program may use of its heap; it dies where it needs more. */
const heapMaxMebibytes = 192
/** What each idle connection may cost in memory, buffers of the parser included. */
const idleMaxBytes = 32 * 1024

/** Connections that both processes can hold: sockets are files, and each has other files too. */
const connectionsCount = Math.min(10_000, openFilesMaxCount() - 500)

describe('a gateway under load', () => {
  let world: World
  let gateway: Program
  before(async () => {
    world = await World.begin({ withoutGateway: true })
    gateway = await Program.start(world)
  })
  after(async () => {
    await gateway.stop()
    await world.end()
  })

  it('refuses heads without end, one and all, within its memory', async () => {
    const before = await gateway.residentBytes()
    const flood = Array.from({ length: 300 }, async () => {
      const socket = await gateway.dial()
      let answer = ''
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
      socket.write('GET / HTTP/1.1\r\nHost: open.localhost\r\n')
      const line = Buffer.from(`X: ${'a'.repeat(1_000)}\r\n`.repeat(8))
      let sent = 0
      const send = (): void => {
        while (!socket.destroyed && sent < 16 * mebibyte && socket.write(line)) sent += line.length
      }
      socket.on('drain', send)
      send()
      await closed(socket)
      return { answer, sent }
    })
    for (const { answer, sent } of await Promise.all(flood)) {
      assert.match(answer, /^(?:HTTP\/1\.1 431 |$)/)
      assert.ok(sent < 16 * mebibyte, 'a head went on and on')
    }
    const grown = (await gateway.residentBytes()) - before
    assert.ok(grown < 128 * mebibyte, `memory grew by ${Math.round(grown / mebibyte)} MiB`)
    assert.match(await gateway.get('open.localhost'), /^HTTP\/1\.1 200 /)
  })

  it('outlives clients that connect and go in thousands', async () => {
    for (let batch = 0; batch < 20; batch++) {
      const sockets = await Promise.all(Array.from({ length: 150 }, () => gateway.dial()))
      for (const [index, socket] of sockets.entries()) {
        if (index % 3 === 0) socket.write('GET / HT')
        if (index % 3 === 1) socket.write('GET / HTTP/1.1\r\nHost: open.localhost\r\n\r\n')
        socket.resetAndDestroy()
      }
    }
    assert.match(await gateway.get('open.localhost'), /^HTTP\/1\.1 200 /)
    await gateway.untilOpenFiles((count) => count < 200)
  })

  it(`holds ${connectionsCount} idle and dripping connections, serves others, and ends every one`, async (t) => {
    const before = await gateway.residentBytes()
    const sockets: Socket[] = []
    for (let at = 0; at < connectionsCount; at += 250) {
      sockets.push(...(await Promise.all(Array.from({ length: 250 }, () => gateway.dial()))))
    }
    const ends = sockets.map((socket) => closed(socket))
    // Every fourth has begun a head; some of these go on with it a byte at a time.
    const begun = sockets.filter((_, index) => index % 4 === 0)
    for (const socket of begun) socket.write('GET / HTTP/1.1\r\nHost: open.localhost\r\nX: ')
    const dripping = setInterval(() => {
      for (const socket of begun.slice(0, 200)) if (socket.writable) socket.write('a')
    }, 500)
    assert.match(await gateway.get('open.localhost'), /^HTTP\/1\.1 200 /)
    assert.match(await gateway.get('payroll.localhost'), /^HTTP\/1\.1 401 /)
    const each = ((await gateway.residentBytes()) - before) / connectionsCount
    t.diagnostic(`an idle connection takes ${Math.round(each)} bytes`)
    assert.ok(each < idleMaxBytes, `an idle connection takes ${Math.round(each)} bytes`)
    await Promise.all(ends)
    clearInterval(dripping)
    await gateway.untilOpenFiles((count) => count < 200)
    assert.match(await gateway.get('open.localhost'), /^HTTP\/1\.1 200 /)
  })
})

interface Ports {
  readonly listen: number
  readonly operate: number
}

/** A gateway in a process of its own, with little memory. */
class Program {
  readonly #child: ChildProcess
  readonly #ports: Ports

  static async start(world: World): Promise<Program> {
    const main = join(import.meta.dirname, '../main.ts')
    const child = spawn(process.execPath, [`--max-old-space-size=${heapMaxMebibytes}`, main], {
      env: {
        PATH: process.env['PATH'],
        COUNTERSIGN_DATA_DIR: world.dataDir,
        COUNTERSIGN_SERVER_URL: world.plane.url.href,
        COUNTERSIGN_GATEWAY_LISTEN: '127.0.0.1:0',
        COUNTERSIGN_GATEWAY_OPERATE_LISTEN: '127.0.0.1:0',
        COUNTERSIGN_GATEWAY_ENROLMENT_TOKEN: world.plane.token,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let log = ''
    const ports = await new Promise<RegExpExecArray>((resolve, reject) => {
      child.once('exit', () => reject(new Error(`the gateway did not start: ${log}`)))
      child.stdout.on('data', (chunk: Buffer) => {
        log += chunk.toString()
        const found = /"listen":\{[^}]*"port":(\d+)\},"operate":\{[^}]*"port":(\d+)\}/.exec(log)
        if (found && /facts are loaded/.test(log)) resolve(found)
      })
    })
    return new Program(child, { listen: Number(ports[1]), operate: Number(ports[2]) })
  }

  private constructor(child: ChildProcess, ports: Ports) {
    this.#child = child
    this.#ports = ports
  }

  async stop(): Promise<void> {
    assert.equal(this.#child.exitCode, null, 'the gateway is gone')
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  async dial(): Promise<Socket> {
    const socket = connect(this.#ports.listen, '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => {})
    // What is not read keeps its connection from ending.
    socket.resume()
    return socket
  }

  async get(host: string): Promise<string> {
    const socket = await this.dial()
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    await closed(socket)
    return answer
  }

  residentBytes(): Promise<number> {
    return this.#metric('process_resident_memory_bytes')
  }

  async untilOpenFiles(isEnough: (count: number) => boolean): Promise<void> {
    while (!isEnough(await this.#metric('process_open_fds')));
  }

  async #metric(name: string): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.#ports.operate}/metrics`)
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await answer.text())?.[1])
  }
}

/** Resolves when a connection has ended; it must, long before the test's own deadline. */
async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
}

function openFilesMaxCount(): number {
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
  return limit === 'unlimited' ? Infinity : Number(limit)
}
