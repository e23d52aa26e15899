// A gateway of several real processes for tests, and visitors that know which of them they came to.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import type { World } from '#world.fake'
import { processPlace } from './places.file.ts'

const main = join(import.meta.dirname, '..', 'main.ts')

interface LogLine {
  readonly msg: string
  readonly pid?: number
  readonly process?: number
  readonly listen?: { readonly port: number }
  readonly operate?: { readonly port: number }
}

export class Family {
  readonly child: ChildProcess
  readonly #world: World
  readonly #output: string[] = []

  /** Starts a gateway and waits until every process of it can decide. */
  static async begin(
    world: World,
    processes: number,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Family> {
    const family = new Family(world, {
      COUNTERSIGN_GATEWAY_PROCESSES: String(processes),
      ...environment,
    })
    await family.ready(processes)
    return family
  }

  constructor(world: World, environment: Readonly<Record<string, string>>) {
    this.#world = world
    this.child = spawn(process.execPath, [main], {
      env: {
        PATH: process.env['PATH'],
        COUNTERSIGN_DATA_DIR: world.dataDir,
        COUNTERSIGN_SERVER_URL: world.plane.url.href,
        COUNTERSIGN_GATEWAY_LISTEN: '127.0.0.1:0',
        COUNTERSIGN_GATEWAY_OPERATE_LISTEN: '127.0.0.1:0',
        COUNTERSIGN_GATEWAY_ENROLMENT_TOKEN: world.plane.token,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.on('data', (chunk: Buffer) => this.#output.push(chunk.toString()))
    this.child.stderr?.on('data', (chunk: Buffer) => this.#output.push(chunk.toString()))
  }

  /** What it wrote. */
  get output(): string {
    return this.#output.join('')
  }

  get port(): number {
    return this.#listening()?.listen?.port ?? 0
  }

  /** What operators are answered at a path. */
  async operate(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const port = this.#listening()?.operate?.port ?? 0
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    return { status: response.status, text: await response.text() }
  }

  /** Waits until so many processes accept connections and know what was published. */
  async ready(processes: number): Promise<void> {
    await this.until(async () => {
      if (this.child.exitCode !== null) throw new Error(`the gateway ended: ${this.output}`)
      if (this.port === 0) return false
      const { text } = await this.operate('/metrics')
      const value = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1])
      return (
        value('countersign_gateway_processes') === processes &&
        value('countersign_feed_sequence') >= this.#world.plane.sequence
      )
    })
  }

  /** Process ids of all that ever had a number. */
  pidsOf(number: number): readonly number[] {
    const theirs = this.#lines().flatMap(({ pid, process }) =>
      process === number ? (pid ?? []) : [],
    )
    return [...new Set(theirs)].filter((pid) => pid !== this.child.pid)
  }

  /** The number of the process that recorded a decision. */
  keeperOf(decision: string, processes = 2): number | undefined {
    for (let number = 1; number <= processes; number++) {
      const directory = join(
        processPlace(join(this.#world.dataDir, 'gateway'), number),
        'decisions',
      )
      const files = existsSync(directory) ? readdirSync(directory) : []
      if (files.some((file) => readFileSync(join(directory, file), 'utf8').includes(decision))) {
        return number
      }
    }
    return undefined
  }

  /** A visitor whose connection a certain process accepted. */
  async visitorAt(number: number): Promise<Visitor> {
    const others: Visitor[] = []
    try {
      for (;;) {
        const visitor = await Visitor.connect(this.port)
        const { decision } = await visitor.get('open.localhost', '/which')
        if (this.keeperOf(decision) === number) return visitor
        others.push(visitor)
      }
    } finally {
      for (const other of others) other.socket.destroy()
    }
  }

  /** Ends it as an operator would; gives its exit code. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGTERM')
      await once(this.child, 'exit')
    }
    return this.child.exitCode
  }

  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  #listening(): LogLine | undefined {
    return this.#lines().find(({ msg }) => msg === 'listening')
  }

  #lines(): readonly LogLine[] {
    return this.output.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line) as LogLine]
      } catch {
        return []
      }
    })
  }
}

interface Answer {
  readonly status: number
  readonly head: string
  readonly body: string
  readonly decision: string
}

/** One connection, on which one request follows another. */
export class Visitor {
  readonly socket: Socket
  #bytes = Buffer.alloc(0)
  #isOver = false
  #wake = (): void => {}

  static async connect(port: number): Promise<Visitor> {
    const socket = connect({ port, host: '127.0.0.1' })
    await once(socket, 'connect')
    return new Visitor(socket)
  }

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#wake()
    })
    socket.once('close', () => {
      this.#isOver = true
      this.#wake()
    })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Asks and reads the whole answer. Rejects where the connection ends before. */
  async get(host: string, path: string, headers: readonly string[] = []): Promise<Answer> {
    this.socket.write([`GET ${path} HTTP/1.1`, `Host: ${host}`, ...headers, '', ''].join('\r\n'))
    const head = (await this.#take(() => endOf(this.#bytes, '\r\n\r\n'))).toString('latin1')
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
    const isChunked = /^transfer-encoding: chunked/im.test(head)
    const body = isChunked
      ? await this.#take(() => endOf(this.#bytes, '0\r\n\r\n'))
      : await this.#take(() => (this.#bytes.length >= length ? length : undefined))
    return {
      status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]),
      head,
      body: body.toString(),
      decision: /^countersign-decision: (\S+)/im.exec(head)?.[1] ?? '',
    }
  }

  async closed(): Promise<void> {
    if (!this.#isOver) await once(this.socket, 'close')
  }

  async #take(find: () => number | undefined): Promise<Buffer> {
    for (;;) {
      const end = find()
      if (end !== undefined) {
        const taken = this.#bytes.subarray(0, end)
        this.#bytes = this.#bytes.subarray(end)
        return taken
      }
      if (this.#isOver) throw new Error('the connection ended before the answer')
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

function endOf(bytes: Buffer, mark: string): number | undefined {
  const index = bytes.indexOf(mark)
  return index < 0 ? undefined : index + mark.length
}
