// Real proxies for tests: each runs the configuration that we generate, on a port of loopback.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { caddyConfig } from '@countersign/contract/proxy-config/caddy'
import { haproxyConfig, haproxyLua } from '@countersign/contract/proxy-config/haproxy'
import { nginxConfig } from '@countersign/contract/proxy-config/nginx'
import type { Plan } from '@countersign/contract/proxy-config/plan'

export const runnable = ['nginx', 'caddy', 'haproxy'] as const
export type Runnable = (typeof runnable)[number]

export interface RunningProxy {
  readonly port: number
  /** Everything the program wrote. */
  readonly log: () => string
  /** Sends bytes, and gives what comes back until the proxy ends the connection. */
  exchange(bytes: string): Promise<string>
  stop(): Promise<void>
}

interface Invocation {
  readonly command: string
  readonly words: readonly string[]
}

/** How each program is started, and how it is asked whether it understands its configuration. */
const programs: Readonly<
  Record<
    Runnable,
    {
      readonly write: (plan: Plan, directory: string) => void
      readonly run: (directory: string) => Invocation
      readonly lint: (directory: string) => Invocation
    }
  >
> = {
  nginx: {
    write(plan, directory) {
      const file = join(directory, 'countersign.conf')
      fs.writeFileSync(file, nginxConfig(plan))
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${directory}/${name};`,
      )
      fs.writeFileSync(
        join(directory, 'nginx.conf'),
        `daemon off; master_process off; pid ${directory}/nginx.pid; error_log stderr;
events {} http { access_log off; ${temporary.join(' ')} include ${file}; }`,
      )
    },
    run: (directory) => ({
      command: 'nginx',
      words: ['-e', 'stderr', '-p', directory, '-c', join(directory, 'nginx.conf')],
    }),
    lint: (directory) => ({
      command: 'nginx',
      words: ['-t', '-e', 'stderr', '-p', directory, '-c', join(directory, 'nginx.conf')],
    }),
  },
  caddy: {
    write(plan, directory) {
      const options = '{\n\tadmin off\n\tauto_https off\n}\n'
      fs.writeFileSync(join(directory, 'Caddyfile'), options + caddyConfig(plan))
    },
    run: (directory) => ({
      command: 'caddy',
      words: ['run', '--config', join(directory, 'Caddyfile'), '--adapter', 'caddyfile'],
    }),
    lint: (directory) => ({
      command: 'caddy',
      words: ['validate', '--config', join(directory, 'Caddyfile'), '--adapter', 'caddyfile'],
    }),
  },
  haproxy: {
    write(plan, directory) {
      const script = join(directory, 'countersign.lua')
      fs.writeFileSync(script, haproxyLua(plan))
      fs.writeFileSync(join(directory, 'haproxy.cfg'), haproxyConfig(plan, script))
    },
    run: (directory) => ({
      command: 'haproxy',
      words: ['-db', '-f', join(directory, 'haproxy.cfg')],
    }),
    lint: (directory) => ({
      command: 'haproxy',
      words: ['-c', '-f', join(directory, 'haproxy.cfg')],
    }),
  },
}

/** Whether the program itself accepts the configuration: its exit code and its words. */
export async function lint(
  kind: Runnable,
  plan: Plan,
): Promise<{ readonly code: number; readonly said: string }> {
  const directory = fs.mkdtempSync(join(tmpdir(), 'countersign-proxy-'))
  try {
    programs[kind].write(plan, directory)
    const { child, log } = start(programs[kind].lint(directory), directory)
    const [code] = (await once(child, 'close')) as [number]
    return { code, said: log() }
  } finally {
    fs.rmSync(directory, { recursive: true })
  }
}

/** Starts a proxy and waits until it accepts connections. */
export async function startProxy(
  kind: Runnable,
  planAt: (port: number) => Plan,
): Promise<RunningProxy> {
  const directory = fs.mkdtempSync(join(tmpdir(), 'countersign-proxy-'))
  const port = await freePort()
  programs[kind].write(planAt(port), directory)
  const { child, log } = start(programs[kind].run(directory), directory)
  const ended = once(child, 'close')
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${kind} did not start: ${log()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return {
    port,
    log,
    exchange: (bytes) => exchange(port, bytes),
    async stop() {
      child.kill('SIGKILL')
      await ended
      fs.rmSync(directory, { recursive: true })
    },
  }
}

/** A port of loopback where nobody listens, for a program that cannot choose one itself. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // INVARIANT: it listens on TCP.
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** How long nothing more must come before an answer counts as whole. */
const silenceMs = 1_000

/** Sends bytes to a port of loopback, and gives what comes back until the connection ends. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const parts: Buffer[] = []
  socket.on('data', (part: Buffer) => {
    parts.push(part)
    // Some programs keep a connection that they were asked to close.
    socket.setTimeout(silenceMs)
  })
  socket.on('timeout', () => socket.destroy())
  socket.on('error', () => {})
  socket.write(Buffer.from(bytes, 'latin1'))
  await once(socket, 'close')
  return Buffer.concat(parts).toString('latin1')
}

function start({ command, words }: Invocation, directory: string) {
  const child: ChildProcess = spawn(command, words, {
    env: {
      PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
      HOME: directory,
      XDG_DATA_HOME: directory,
      XDG_CONFIG_HOME: directory,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  child.stdout?.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
  return { child, log: () => lines.join('') }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
