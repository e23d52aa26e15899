// A real server and real gateways as processes of their own, with one person in them whose laptop
// can fail.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type Server } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Control, controlSocket, openControl } from '@countersign/cli/control.client'
import { freePorts } from '@countersign/cli/fakes/installation.process'
import { api } from '@countersign/contract/api'
import { signinDeviceApi } from '@countersign/contract/api/signin-device'
import type { ImportLine } from '@countersign/contract/api/automation'
import { Browser } from './browser.ts'

const root = join(import.meta.dirname, '../..')
const consoleHost = 'countersign.localhost'
const startTimeoutMs = 90_000

export interface System {
  /** Where each gateway listens. */
  readonly ports: readonly number[]
  /** The cookie with which the person is let in at `live.localhost`. */
  readonly cookie: string
  /** The token with which the person opens tunnels. */
  readonly token: string
  /** Where the tunnel leads, as a client names it. */
  readonly target: string
  /** Reports whether the laptop is as it must be; resolves when the server has stored it. */
  readonly report: (isWell: boolean) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Starts a server and so many gateways, and signs the person in. */
export async function startSystem(gateways: number): Promise<System> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-revocation-'))
  const children: ChildProcess[] = []
  const far = await startFarEnds()
  let control: Control | undefined
  const stop = async (): Promise<void> => {
    await control?.close()
    for (const child of children.reverse()) await endOf(child)
    far.close()
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    const [serverPort = 0, ...ports] = await freePorts(1 + 2 * gateways)
    const listens = ports.slice(0, gateways)
    const dataDir = join(directory, 'server')
    const common = {
      COUNTERSIGN_SERVER_URL: `http://127.0.0.1:${serverPort}`,
      COUNTERSIGN_LOG_LEVEL: 'warn',
    }
    children.push(
      start('server', {
        COUNTERSIGN_LOG_LEVEL: 'warn',
        COUNTERSIGN_DATA_DIR: dataDir,
        COUNTERSIGN_SERVER_LISTEN: `127.0.0.1:${serverPort}`,
        COUNTERSIGN_PUBLIC_URL: `http://countersign.localhost:${listens[0]}`,
        COUNTERSIGN_CONSOLE_DIR: join(directory, 'no-console'),
        COUNTERSIGN_DEMO: '1',
      }),
    )
    const opened = openControl(controlSocket(dataDir))
    control = opened
    await until('the server is ready', () => opened.isReady())
    for (const [index, port] of listens.entries()) {
      const operate = ports[gateways + index] ?? 0
      const { token } = await opened.client.call(api.networks.invite, { body: {} })
      children.push(
        start('gateway', {
          ...common,
          COUNTERSIGN_DATA_DIR: join(directory, `gateway-${index}`),
          COUNTERSIGN_GATEWAY_NAME: `gateway-${index}`,
          COUNTERSIGN_GATEWAY_LISTEN: `127.0.0.1:${port}`,
          COUNTERSIGN_GATEWAY_OPERATE_LISTEN: `127.0.0.1:${operate}`,
          COUNTERSIGN_GATEWAY_ENROLMENT_TOKEN: token,
        }),
      )
      await until(`gateway ${index} is ready`, () => isReady(operate))
    }
    const put = async (...lines: ImportLine[]): Promise<void> => {
      await opened.client.call(api.automation.import, { body: { lines } })
    }
    await put(...organisation(far))
    await opened.client.call(api.policies.make, { body: { files: [policies] } })
    const browser = new Browser(listens[0] ?? 0)
    const { path, method } = api.signin.persona
    await until(
      'the person is signed in',
      async () =>
        (await browser.visit(consoleHost, path, { method, body: { person: 'ben' } })).status ===
        200,
    )
    await until(
      'the person is let in',
      async () => (await browser.open('live.localhost', '/')).status === 200,
    )
    return {
      ports: listens,
      cookie: browser.cookies('live.localhost'),
      token: await programToken(browser),
      target: `shell.localhost:${far.tcpPort}`,
      report: (isWell) => put(laptop(isWell)),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

// As `countersign connect` does (RFC 8628).
async function programToken(browser: Browser): Promise<string> {
  const ask = async (
    { path, method }: { readonly path: string; readonly method: string },
    body: object,
  ): Promise<Readonly<Record<string, unknown>>> => {
    const reply = await browser.visit(consoleHost, path, { method, body })
    if (reply.status !== 200) throw new Error(`${path} answered ${reply.status} ${reply.body}`)
    return JSON.parse(reply.body) as Readonly<Record<string, unknown>>
  }
  const { deviceCode, userCode } = await ask(signinDeviceApi.deviceBegin, {
    program: 'bench',
    machine: 'bench',
  })
  await ask(signinDeviceApi.deviceApprove, { userCode })
  const { token } = await ask(signinDeviceApi.deviceToken, { deviceCode })
  return String(token)
}

const policies = {
  name: 'bench.cedar',
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

function organisation(far: FarEnds): ImportLine[] {
  const application = (id: string, kind: 'web' | 'tcp', upstream: string): ImportLine => ({
    kind: 'application',
    document: {
      id,
      name: id,
      tier: 1,
      hosts: [`${id}.localhost`],
      upstream,
      kind,
      groups: ['guarded'],
    },
  })
  return [
    { kind: 'group', document: { id: 'guarded', name: 'Guarded', groups: [] } },
    { kind: 'group', document: { id: 'personas', name: 'Personas', groups: [] } },
    {
      kind: 'person',
      document: { id: 'ben', name: 'Ben', class: 'employee', active: true, groups: ['personas'] },
    },
    application('live', 'web', `http://127.0.0.1:${far.httpPort}`),
    application('shell', 'tcp', `tcp://127.0.0.1:${far.tcpPort}`),
    laptop(true),
  ]
}

function laptop(isWell: boolean): ImportLine {
  return {
    kind: 'device',
    document: {
      id: 'laptop-ben',
      name: 'Ben’s laptop',
      owner: 'ben',
      ownership: 'corporate',
      platform: 'linux',
      facts: {
        diskEncryption: { value: isWell, observedAt: Date.now(), provenance: 'reported' },
      },
    },
  }
}

interface FarEnds {
  readonly httpPort: number
  readonly tcpPort: number
  readonly close: () => void
}

/** An application that keeps WebSockets open, and one that keeps connections open. */
async function startFarEnds(): Promise<FarEnds> {
  const http: Server = createHttpServer((_, response) => response.end('live'))
  http.on('upgrade', ({ headers }, socket) => {
    const accept = createHash('sha1')
      .update(`${headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.on('error', () => socket.destroy())
    socket.on('data', () => socket.end())
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
  })
  const tcp = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.write('hello')
    socket.resume()
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
  return {
    // INVARIANT: both listen on TCP.
    httpPort: (http.address() as AddressInfo).port,
    tcpPort: (tcp.address() as AddressInfo).port,
    close() {
      http.closeAllConnections()
      http.close()
      tcp.close()
    },
  }
}

function start(program: 'server' | 'gateway', environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [join(root, program, 'src/main.ts')], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const impatience = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await gone
  clearTimeout(impatience)
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok
  } catch {
    return false
  }
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`it never happened that ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
