// A whole server for tests, in this process, with a clock that stands still until it is moved,
// and gateways that behave.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { Authoring } from '@countersign/authoring/authoring'
import { networksApi, type PublicKey } from '@countersign/contract/api/networks'
import { automationApi } from '@countersign/contract/api/automation'
import { createClient, type Client, type Fetch } from '@countersign/contract/client'
import type { AnyDocument } from '@countersign/contract/documents'
import { assertionType, gatewayTokenType } from '@countersign/contract/feed'
import { assertionHeader } from '@countersign/contract/session'
import { readSettings } from '@countersign/contract/settings'
import { consoleFiles } from '#http/console.file'
import { masterKeyName } from '#feed/master-key.file'
import { controlSocketName, listenOnControlSocket, listenOnNetwork } from '#http/listen'
import type { Ledger } from '#journal/ledger'
import type { Log } from '#log'
import { silence } from '#log'
import { fillWithEmptyStore, newDirectory } from '#store/stores.fake'
import { openStore, type Store } from '#store/store'
import { startServer } from './server.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Sent as it is, in place of `body`. */
  readonly rawBody?: string
}

export interface ServerFakeOptions {
  readonly databaseUrl?: string
  readonly dataDir?: string
  readonly consoleDir?: string
  readonly log?: Log
  readonly environment?: Readonly<Record<string, string>>
  /** Servers that share a store share its master key. */
  readonly masterKeyOf?: ServerFake
}

/** A server that runs in this process. */
export class ServerFake {
  /** Milliseconds since the epoch. Tests move it. */
  now = Date.UTC(2026, 2, 2, 9)
  readonly dataDir: string
  #port = 0
  #store: Store | undefined
  #ledger: Ledger | undefined
  #stop: (() => Promise<void>) | undefined

  private constructor(dataDir: string) {
    this.dataDir = dataDir
  }

  static async start(options: ServerFakeOptions = {}): Promise<ServerFake> {
    const fake = new ServerFake(options.dataDir ?? (await newDirectory()))
    if (options.masterKeyOf) {
      const key = join(options.masterKeyOf.dataDir, masterKeyName)
      await copyFile(key, join(fake.dataDir, masterKeyName))
    }
    await fake.#start(options)
    return fake
  }

  get ledger(): Ledger {
    return started(this.#ledger)
  }

  get store(): Store {
    return started(this.#store)
  }

  /** The port that gateways use. */
  get port(): number {
    return this.#port
  }

  /** Asks on the control socket. */
  control(path: string, ask: Ask = {}): Promise<Answer> {
    return send({ socketPath: join(this.dataDir, controlSocketName), path }, ask)
  }

  /** Asks on the network, as anyone on it could. */
  network(path: string, ask: Ask = {}): Promise<Answer> {
    return send({ host: '127.0.0.1', port: this.#port, path }, ask)
  }

  /** The typed client over the control socket. */
  get client(): Client {
    return createClient({ baseUrl: '', fetch: this.#fetch })
  }

  readonly #fetch: Fetch = async (url, { method, headers, body }) => {
    const answer = await this.control(url, {
      method,
      headers,
      ...(body === undefined ? {} : { rawBody: body }),
    })
    return {
      ok: answer.status < 300,
      status: answer.status,
      body: null,
      json: async () => answer.json,
      text: async () => answer.text,
    }
  }

  import(...lines: readonly AnyDocument[]) {
    return this.client.call(automationApi.import, { body: { lines: [...lines] } })
  }

  /** Invites and enrols a new gateway. */
  async enrol(name = 'gateway'): Promise<GatewayFake> {
    const { token } = await this.client.call(networksApi.invite, { body: {} })
    const gateway = new GatewayFake(this)
    const answer = await this.network(networksApi.enrol.path, {
      method: 'POST',
      body: { token, name, publicKey: gateway.publicKey },
    })
    const { gateway: id, feedKey } = answer.json as { gateway: string; feedKey: PublicKey }
    gateway.id = id
    gateway.feedKey = feedKey
    return gateway
  }

  /** Stops, and starts again on the same files. */
  async restart(options: ServerFakeOptions = {}): Promise<void> {
    await this.#stop?.()
    await this.#start(options)
  }

  /** Stops and removes the files. */
  async remove(): Promise<void> {
    await this.#stop?.()
    await rm(this.dataDir, { recursive: true, force: true })
  }

  async #start({
    databaseUrl,
    consoleDir,
    environment = {},
    log = silence,
  }: ServerFakeOptions): Promise<void> {
    const { dataDir } = this
    const now = () => this.now
    const settings = {
      ...readSettings('server', {
        COUNTERSIGN_DATA_DIR: dataDir,
        COUNTERSIGN_SERVER_LISTEN: '127.0.0.1:0',
        ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
        ...environment,
      }),
    }
    if (databaseUrl === undefined && !existsSync(join(dataDir, 'store'))) {
      await fillWithEmptyStore(join(dataDir, 'store'))
    }
    const network = await listenOnNetwork(settings.serverListen)
    const control = await listenOnControlSocket(dataDir)
    this.#port = network.port
    const store = await openStore({
      address:
        databaseUrl === undefined
          ? { kind: 'embedded', directory: join(dataDir, 'store') }
          : { kind: 'postgres', url: databaseUrl },
      log,
      now,
    })
    this.#store = store
    const server = await startServer({
      settings,
      store,
      network,
      control,
      console: consoleFiles(consoleDir ?? join(dataDir, 'no-console')),
      authoring: new Authoring(),
      log,
      now,
      clockNs: () => process.hrtime.bigint(),
      randomBytes,
    })
    this.#ledger = server.ledger
    this.#stop = () => server.stop()
  }
}

/** An enrolled gateway: it signs for itself and vouches for visitors. */
export class GatewayFake {
  id = ''
  feedKey: PublicKey = { kty: 'OKP', crv: 'Ed25519', x: '' }
  readonly publicKey: PublicKey
  #server: ServerFake
  readonly #keys = generateKeyPairSync('ed25519')

  constructor(server: ServerFake) {
    this.#server = server
    const { kty, crv, x } = this.#keys.publicKey.export({ format: 'jwk' })
    this.publicKey = { kty, crv, x } as PublicKey
  }

  /** Speaks to another server from now on. */
  moveTo(server: ServerFake): void {
    this.#server = server
  }

  /** Signs any claims as any type; tests of refusals begin here. */
  sign(type: string, claims: Readonly<Record<string, unknown>>): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', typ: type })
      .sign(this.#keys.privateKey)
  }

  token(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const iat = Math.floor(this.#server.now / 1000)
    return this.sign(gatewayTokenType, {
      iss: this.id,
      sub: this.id,
      aud: 'countersign-server',
      iat,
      exp: iat + 60,
      jti: randomBytes(8).toString('hex'),
      ...changes,
    })
  }

  assertion(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const iat = Math.floor(this.#server.now / 1000)
    return this.sign(assertionType, {
      iss: this.id,
      sub: 'Anonymous::"anonymous"',
      aud: 'countersign',
      iat,
      exp: iat + 60,
      cip: '192.0.2.7',
      dec: 'dec_00000000000000000000000000',
      ...changes,
    })
  }

  /** Asks for itself. */
  async ask(path: string, ask: Ask = {}): Promise<Answer> {
    const authorization = `Bearer ${await this.token()}`
    return this.#server.network(path, { ...ask, headers: { ...ask.headers, authorization } })
  }

  /** Passes on what a visitor asks; anonymous, or whose session it is. */
  async pass(path: string, session?: SessionFake, ask: Ask = {}): Promise<Answer> {
    const assertion = await this.assertion(claimsOf(session))
    return this.#server.network(path, {
      ...ask,
      headers: { host: 'countersign.localhost:7400', ...ask.headers, [assertionHeader]: assertion },
    })
  }

  /** Lines of a stream that a visitor opened, as they arrive. */
  async *watch(path: string, session: SessionFake): AsyncGenerator<string> {
    const assertion = await this.assertion(claimsOf(session))
    const target = { host: '127.0.0.1', port: this.#server.port, path }
    yield* linesOf(target, { [assertionHeader]: assertion })
  }

  /** Lines of a stream for itself, as they arrive, until the caller stops. */
  async *follow(path: string): AsyncGenerator<string> {
    const authorization = `Bearer ${await this.token()}`
    yield* linesOf({ host: '127.0.0.1', port: this.#server.port, path }, { authorization })
  }
}

export interface SessionFake {
  readonly id: string
  readonly person: string
}

function claimsOf(session: SessionFake | undefined): Readonly<Record<string, unknown>> {
  return session ? { sid: session.id, sub: `Person::${JSON.stringify(session.person)}` } : {}
}

type Target = { readonly path: string } & (
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number }
)

function send(
  target: Target,
  { method = 'GET', headers = {}, body, rawBody }: Ask,
): Promise<Answer> {
  const text = rawBody ?? (body === undefined ? undefined : JSON.stringify(body))
  return new Promise((resolve, reject) => {
    const sending = request(
      {
        ...target,
        method,
        agent: false,
        headers: {
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...headers,
        },
      },
      (response) => {
        let answer = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (answer += chunk))
        response.on('error', reject)
        response.on('end', () => {
          const type = response.headers['content-type'] ?? ''
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: answer,
            json: type.includes('json') ? (JSON.parse(answer) as Answer['json']) : {},
          })
        })
      },
    )
    sending.on('error', reject)
    sending.end(text)
  })
}

async function* linesOf(
  target: Target,
  headers: Readonly<Record<string, string>>,
): AsyncGenerator<string> {
  const response = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
    request({ ...target, agent: false, headers }, resolve)
      .on('error', reject)
      .end()
  })
  let rest = ''
  for await (const chunk of response) {
    rest += chunk.toString('utf8')
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield rest.slice(0, end)
      rest = rest.slice(end + 1)
    }
  }
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the server was not started')
  return part
}
