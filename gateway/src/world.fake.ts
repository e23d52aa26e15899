// A small world for tests: a control plane, an application, some people, and a real gateway
// between them, all on loopback.
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  AnyDocument,
  Application,
  Authentication,
  Device,
  Person,
  Token,
} from '@countersign/contract/documents'
import { sessionCookie, tokenHash } from '@countersign/contract/session'
import { readSettings } from '@countersign/contract/settings'
import { pino } from 'pino'
import { Agent, type Dispatcher } from 'undici'
import { FakeControlPlane, newToken } from './control-plane.fake.ts'
import { policies, releaseOf } from './policies.fake.ts'
import { type RunningGateway, startGateway, type StartOptions } from './start.ts'

const hourMs = 3_600_000

export interface WorldOptions {
  readonly dataDir?: string
  readonly plane?: FakeControlPlane
  readonly environment?: Readonly<Record<string, string>>
  readonly start?: Partial<StartOptions>
  /** Leaves the gateway to the test. */
  readonly withoutGateway?: boolean
}

export class World {
  readonly dataDir: string
  readonly plane: FakeControlPlane
  readonly application: Server
  readonly seen: IncomingMessage[] = []
  readonly logLines: string[] = []
  #handle: RequestListener = (_, response) => response.end('hello')
  #running: RunningGateway | undefined
  readonly #options: WorldOptions
  readonly #agent: Agent

  /** Starts everything and waits until the gateway has its facts. */
  static async begin(options: WorldOptions = {}): Promise<World> {
    const world = new World(options)
    await new Promise<void>((resolve) => world.application.listen(0, '127.0.0.1', resolve))
    await world.plane.start()
    if (world.plane.sequence === 0) {
      const port = (world.application.address() as AddressInfo).port
      await world.plane.put(...inhabitants(`http://127.0.0.1:${port}`))
    }
    if (options.withoutGateway !== true) await world.startGateway()
    return world
  }

  private constructor(options: WorldOptions) {
    this.#options = options
    this.dataDir = options.dataDir ?? fs.mkdtempSync(join(tmpdir(), 'countersign-gateway-'))
    this.plane = options.plane ?? new FakeControlPlane()
    this.application = createServer((request, response) => {
      this.seen.push(request)
      this.#handle(request, response)
    })
    this.#agent = new Agent({
      connect: {
        lookup: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
      },
    })
  }

  /** How the application answers from here on. */
  handle(listener: RequestListener): void {
    this.#handle = listener
  }

  get running(): RunningGateway {
    if (!this.#running) throw new Error('the gateway is not running')
    return this.#running
  }

  /** Where the application is. */
  get upstream(): string {
    return `http://127.0.0.1:${(this.application.address() as AddressInfo).port}`
  }

  get port(): number {
    return this.running.address.port
  }

  /** Starts a gateway and waits until it has its facts. */
  async startGateway(start: Partial<StartOptions> = {}): Promise<RunningGateway> {
    const running = await this.launchGateway(start)
    await running.gateway.facts.reach(this.plane.sequence, 5_000)
    return running
  }

  /** Starts a gateway. */
  async launchGateway(start: Partial<StartOptions> = {}): Promise<RunningGateway> {
    const settings = readSettings('gateway', {
      COUNTERSIGN_DATA_DIR: this.dataDir,
      COUNTERSIGN_SERVER_URL: this.plane.url.href,
      COUNTERSIGN_GATEWAY_LISTEN: '127.0.0.1:0',
      COUNTERSIGN_GATEWAY_OPERATE_LISTEN: '127.0.0.1:0',
      COUNTERSIGN_GATEWAY_ENROLMENT_TOKEN: this.plane.token,
      ...this.#options.environment,
    })
    this.#running = await startGateway({
      settings,
      logger: pino({ level: 'debug' }, { write: (line: string) => this.logLines.push(line) }),
      clock: { now: Date.now, monotonicNs: () => process.hrtime.bigint() },
      randomBytes,
      atEndOfTurn: setImmediate,
      fileSystem: fs,
      ...this.#options.start,
      ...start,
    })
    return this.running
  }

  async stopGateway(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.stop()
  }

  async end(): Promise<void> {
    await this.#agent.destroy()
    await this.stopGateway()
    await this.plane.stop()
    this.application.closeAllConnections()
    await new Promise<void>((resolve) => this.application.close(() => resolve()))
    if (this.#options.dataDir === undefined) fs.rmSync(this.dataDir, { recursive: true })
  }

  /** Signs a person in at a host; gives the `Cookie` header. */
  async signIn(
    person: string,
    host: string,
    more: { readonly device?: string; readonly authentication?: Partial<Authentication> } = {},
  ): Promise<{ readonly cookie: string; readonly session: string; readonly token: string }> {
    const now = Date.now()
    const token = newToken()
    const session = `ses_${token.slice(0, 20)}`
    const sequence = await this.plane.put(
      sessionDocument(session, person, now, more),
      tokenDocument(token, session, host, now),
    )
    await this.running.gateway.facts.reach(sequence, 5_000)
    return { cookie: `${sessionCookie}=${token}`, session, token }
  }

  /** Signs a person's program in, for tunnels; gives its token. */
  async signInProgram(
    person: string,
    more: {
      readonly device?: string
      readonly authentication?: Partial<Authentication>
      readonly token?: Partial<Token>
    } = {},
  ): Promise<{ readonly session: string; readonly token: string }> {
    const now = Date.now()
    const token = newToken()
    const session = `ses_${token.slice(0, 20)}`
    const { hostname } = new URL(this.plane.consoleUrl)
    const document: Token = {
      id: tokenHash(token),
      session,
      host: hostname,
      endsAt: now + 12 * hourMs,
      use: 'tunnel',
      ...more.token,
    }
    await this.plane.put(sessionDocument(session, person, now, more), { kind: 'token', document })
    await this.settle()
    return { session, token }
  }

  /** Waits until the gateway knows everything that was published. */
  async settle(): Promise<void> {
    await this.running.gateway.facts.reach(this.plane.sequence, 5_000)
  }

  /** A request of a well-behaved client. */
  async request(
    host: string,
    path: string,
    options: Partial<Omit<Dispatcher.RequestOptions, 'origin' | 'path'>> = {},
  ): Promise<Dispatcher.ResponseData> {
    return this.#agent.request({
      origin: `http://${host}:${this.port}`,
      path,
      method: 'GET',
      ...options,
    })
  }

  /** A connection on which a test writes bytes by itself. */
  async dial(port = this.port): Promise<Socket> {
    const socket = connect(port, '127.0.0.1')
    await new Promise<void>((resolve, reject) =>
      socket.once('connect', resolve).once('error', reject),
    )
    return socket
  }

  /** Sends bytes and gives everything that comes back until the gateway ends the connection. */
  async exchange(bytes: string, port = this.port): Promise<string> {
    const socket = await this.dial(port)
    const parts: Buffer[] = []
    socket.on('data', (part: Buffer) => parts.push(part))
    socket.on('error', () => {})
    socket.write(Buffer.from(bytes, 'latin1'))
    await new Promise<void>((resolve) => socket.once('close', () => resolve()))
    return Buffer.concat(parts).toString('latin1')
  }
}

export function sessionDocument(
  id: string,
  person: string,
  now: number,
  more: { readonly device?: string; readonly authentication?: Partial<Authentication> } = {},
): AnyDocument {
  return {
    kind: 'session',
    document: {
      id,
      person,
      startedAt: now,
      endsAt: now + 12 * hourMs,
      authentication: {
        method: 'passkey',
        phishingResistant: true,
        observedAt: now,
        provenance: 'attested',
        ...more.authentication,
      },
      ...(more.device === undefined ? {} : { device: more.device }),
    },
  }
}

function tokenDocument(token: string, session: string, host: string, now: number): AnyDocument {
  return {
    kind: 'token',
    document: { id: tokenHash(token), session, host, endsAt: now + 12 * hourMs },
  }
}

export function person(id: string, name: string, groups: readonly string[]): AnyDocument {
  const document: Person = { id, name, class: 'employee', active: true, groups: [...groups] }
  return { kind: 'person', document }
}

export function application(
  id: string,
  upstream: string,
  more: Partial<Application> = {},
): AnyDocument {
  return {
    kind: 'application',
    document: {
      id,
      name: id.charAt(0).toUpperCase() + id.slice(1),
      tier: 2,
      hosts: [`${id}.localhost`],
      upstream,
      kind: 'web',
      groups: [],
      ...more,
    },
  }
}

export function laptop(id: string, isEncrypted: boolean, now: number): AnyDocument {
  const document: Device = {
    id,
    name: id,
    ownership: 'corporate',
    platform: 'linux',
    facts: {
      diskEncryption: { value: isEncrypted, observedAt: now, provenance: 'reported' },
    },
  }
  return { kind: 'device', document }
}

export function inhabitants(upstream: string): readonly AnyDocument[] {
  return [
    { kind: 'group', document: { id: 'staff', name: 'Staff', groups: [] } },
    person('ada', 'Ada Lovelace', ['staff']),
    person('bob', 'Bob <script>alert(1)</script>', []),
    laptop('laptop-ada', true, Date.now()),
    application('payroll', upstream, { owner: 'ada' }),
    application('wiki', upstream),
    application('open', upstream),
    application('vault', upstream),
    application('ledger', upstream),
    application('api', upstream, { kind: 'api' }),
    application('countersign', upstream, { tier: 0 }),
    { kind: 'release', document: releaseOf(policies) },
  ]
}
