// An installation in a folder of its own on ports of its own, run by `countersign up` as a process.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export type UpEvent = Readonly<Record<string, unknown>> & { readonly event: string }

export interface Up {
  readonly process: ChildProcess
  readonly events: readonly UpEvent[]
  /** The next event that fits, or the first that already came. Rejects when the process is over. */
  event(fits: (event: UpEvent) => boolean): Promise<UpEvent>
  readonly exited: Promise<number | null>
  errors(): string
}

export interface Installation extends AsyncDisposable {
  readonly dataDir: string
  readonly ports: { readonly server: number; readonly gateway: number; readonly operate: number }
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Starts `countersign up`. */
  up(environment?: Readonly<Record<string, string>>): Up
  /** Starts any command that reports events in JSON. */
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Up
  /** The lines that the programs wrote about themselves. */
  story(): Promise<string[]>
  /** A connection to a port; its `close` event tells when the program behind it is gone. */
  connect(port: number): Promise<Socket>
}

/** `command` is the main module of the command. */
export async function newInstallation(command: string): Promise<Installation> {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-up-'))
  const [server = 0, gateway = 0, operate = 0] = await freePorts(3)
  const environment = {
    ...process.env,
    COUNTERSIGN_DATA_DIR: dataDir,
    COUNTERSIGN_SERVER_LISTEN: `127.0.0.1:${server}`,
    COUNTERSIGN_GATEWAY_LISTEN: `127.0.0.1:${gateway}`,
    COUNTERSIGN_GATEWAY_OPERATE_LISTEN: `127.0.0.1:${operate}`,
  }
  const started: Up[] = []
  const run: Installation['run'] = (args, more = {}) => {
    const up = start(command, args, { ...environment, ...more })
    started.push(up)
    return up
  }
  return {
    dataDir,
    ports: { server, gateway, operate },
    environment,
    up: (more = {}) => run(['up', '--json'], more),
    run,
    story: async () => (await readFile(join(dataDir, 'story'), 'utf8')).trim().split('\n'),
    async connect(port) {
      const socket = createConnection({ host: '127.0.0.1', port })
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      return socket
    },
    async [Symbol.asyncDispose]() {
      for (const up of started) {
        up.process.kill('SIGTERM')
        await up.exited
      }
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Up {
  // With a channel, as the demo has one: when it closes, `up` stops.
  const child = fork(command, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('the streams of the command are not pipes')
  const events: UpEvent[] = []
  const waiting = new Set<() => void>()
  let errors = ''
  let over = false
  const wake = (): void => {
    for (const check of waiting) check()
  }
  createInterface({ input: stdout }).on('line', (line) => {
    events.push(JSON.parse(line) as UpEvent)
    wake()
  })
  stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8')
  })
  // Not the event `close`: it never comes after a `disconnect` of ours.
  const exited = Promise.all([once(child, 'exit'), once(stdout, 'close')]).then(() => {
    over = true
    wake()
    return child.exitCode
  })
  return {
    process: child,
    events,
    exited,
    errors: () => errors,
    event: async (fits) =>
      await new Promise((resolve, reject) => {
        const check = (): void => {
          const found = events.find((event) => fits(event))
          if (found) resolve(found)
          else if (over)
            reject(new Error(`\`up\` is over:\n${errors}${JSON.stringify(events.at(-1))}`))
          else return
          waiting.delete(check)
        }
        waiting.add(check)
        check()
      }),
  }
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports: number[] = []
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (typeof address === 'object' && address) ports.push(address.port)
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  return ports
}
