// What is measured, each on the same core, in front of the same application: this gateway, a bare
// proxy in Node, and the proxies that people run, with and without asking for authorisation.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Application } from '@countersign/contract/documents'
import { nginxConfig } from '@countersign/contract/proxy-config/nginx'
import { planOf } from '@countersign/contract/proxy-config/plan'
import { cores } from './load.ts'

export interface Side {
  readonly name: string
  readonly port: number
  /** The processes that it consists of, other than those that it asks. */
  readonly pid: number
  /** What it asks about every request, if it asks. */
  readonly asks?: Side
  stop(): Promise<void>
}

export const ports = {
  application: 17_480,
  bare: 17_481,
  nginx: 17_482,
  nginxAuth: 17_483,
  caddy: 17_484,
  caddyAuth: 17_485,
  auth: 17_486,
  gateway: 17_487,
  operate: 17_488,
  external: 17_489,
  nginxGateway: 17_490,
} as const

/** An application that answers at once, on the core that is not measured. */
export function startApplication(): Promise<Side> {
  return startNginx('application', ports.application, 'location / { return 200 "hello"; }', {
    core: cores.others,
  })
}

export function startBareProxy(): Promise<Side> {
  return start('a bare proxy in Node', ports.bare, [
    process.execPath,
    join(import.meta.dirname, 'bare-proxy.process.ts'),
    String(ports.bare),
    `http://127.0.0.1:${ports.application}`,
  ])
}

export function startNginxProxy(): Promise<Side> {
  return startNginx('nginx', ports.nginx, `location / { ${toApplication} }`)
}

/** nginx that asks an authorisation service about every request. */
export function startNginxAuth(auth: Side): Promise<Side> {
  return startNginx(
    'nginx with auth_request',
    ports.nginxAuth,
    `location / { auth_request /auth; ${toApplication} }
     location = /auth { internal; proxy_pass http://auth; ${keepAlive} proxy_pass_request_body off; proxy_set_header Content-Length ""; }`,
    { asks: auth },
  )
}

/** nginx with the configuration that we generate, so that it asks this gateway about every request. */
export function startNginxGateway(application: Application, gateway: Side): Promise<Side> {
  const plan = planOf({
    applications: [application],
    listen: `127.0.0.1:${ports.nginxGateway}`,
    certificate: undefined,
    key: undefined,
    gateway: `127.0.0.1:${ports.gateway}`,
    external: `127.0.0.1:${ports.external}`,
    secret: externalSecret,
  })
  return startNginx('nginx asking Countersign', ports.nginxGateway, '', {
    asks: gateway,
    servers: nginxConfig(plan),
  })
}

export function startCaddyProxy(): Promise<Side> {
  return startCaddy('Caddy', ports.caddy, '')
}

/** Caddy that asks an authorisation service about every request. */
export function startCaddyAuth(auth: Side): Promise<Side> {
  return startCaddy(
    'Caddy with forward_auth',
    ports.caddyAuth,
    `forward_auth 127.0.0.1:${ports.auth} {\n uri /\n }`,
    auth,
  )
}

/** Both the proxy and the service it asks share the measured core, as on one machine. */
export function startTrivialAuth(): Promise<Side> {
  return start('auth', ports.auth, [
    process.execPath,
    join(import.meta.dirname, 'trivial-auth.process.ts'),
    String(ports.auth),
  ])
}

const externalSecret = randomBytes(32).toString('hex')

/** This gateway, as its operator starts it. */
export function startGateway(environment: Readonly<Record<string, string>>): Promise<Side> {
  const main = join(import.meta.dirname, '../../gateway/src/main.ts')
  return start('Countersign, decided and recorded', ports.gateway, [process.execPath, main], {
    environment: {
      ...environment,
      COUNTERSIGN_GATEWAY_LISTEN: `127.0.0.1:${ports.gateway}`,
      COUNTERSIGN_GATEWAY_OPERATE_LISTEN: `127.0.0.1:${ports.operate}`,
      COUNTERSIGN_GATEWAY_EXTERNAL_LISTEN: `127.0.0.1:${ports.external}`,
      COUNTERSIGN_GATEWAY_EXTERNAL_SECRET: externalSecret,
      COUNTERSIGN_LOG_LEVEL: 'error',
    },
  })
}

const keepAlive = 'proxy_http_version 1.1; proxy_set_header Connection "";'
const toApplication = `proxy_pass http://application; ${keepAlive} proxy_set_header Host $host;`

function startNginx(
  name: string,
  port: number,
  locations: string,
  { core, asks, servers }: NginxOptions = {},
): Promise<Side> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  const file = join(directory, 'nginx.conf')
  writeFileSync(
    file,
    `worker_processes 1; daemon off; pid ${directory}/pid; error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 100000000;
  upstream application { server 127.0.0.1:${ports.application}; keepalive 128; keepalive_requests 100000000; }
  upstream auth { server 127.0.0.1:${ports.auth}; keepalive 128; keepalive_requests 100000000; }
  ${servers ?? `server { listen 127.0.0.1:${port}; ${locations} }`}
}`,
  )
  return start(name, port, ['nginx', '-e', 'stderr', '-c', file], {
    directory,
    ...(core === undefined ? {} : { core }),
    ...(asks === undefined ? {} : { asks }),
  })
}

interface NginxOptions {
  readonly core?: string
  readonly asks?: Side
  /** Instead of a server with the locations given. */
  readonly servers?: string
}

function startCaddy(name: string, port: number, before: string, asks?: Side): Promise<Side> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  const file = join(directory, 'Caddyfile')
  writeFileSync(
    file,
    `{\n admin off\n auto_https off\n log default {\n output discard\n }\n}\nhttp://:${port} {\n bind 127.0.0.1\n ${before}\n reverse_proxy 127.0.0.1:${ports.application}\n}\n`,
  )
  return start(name, port, ['caddy', 'run', '--config', file, '--adapter', 'caddyfile'], {
    directory,
    ...(asks === undefined ? {} : { asks }),
    // Go would start a thread for each core and let them fight for the one it has.
    environment: { GOMAXPROCS: '1', HOME: directory },
  })
}

interface StartOptions {
  readonly core?: string
  readonly asks?: Side
  readonly directory?: string
  readonly environment?: Readonly<Record<string, string>>
}

async function start(
  name: string,
  port: number,
  command: readonly string[],
  { core = cores.measured, asks, directory, environment = {} }: StartOptions = {},
): Promise<Side> {
  const child = spawn('taskset', ['-c', core, ...command], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (said = (said + text).slice(-4_096)))
  await listening(port, child, name).catch((error: unknown) => {
    throw new Error(`${name} did not start: ${said}`, { cause: error })
  })
  return {
    name,
    port,
    // INVARIANT: it listens, so it was started.
    pid: child.pid ?? 0,
    ...(asks === undefined ? {} : { asks }),
    async stop() {
      if (child.exitCode === null) {
        const gone = new Promise((resolve) => child.once('exit', resolve))
        child.kill('SIGTERM')
        await gone
      }
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
    },
  }
}

const startTimeoutMs = 20_000

async function listening(port: number, child: ChildProcess, name: string): Promise<void> {
  const deadline = performance.now() + startTimeoutMs
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`)
    if (await accepts(port)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  child.kill()
  throw new Error(`${name} did not listen within ${startTimeoutMs} ms`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
