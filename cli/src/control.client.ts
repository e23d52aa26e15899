// The way to the server on this machine: its control socket. Whoever may open the socket is its
// operator, so there is no sign-in; the policies decide what the operator may do.
import { createClient, type Client, type Fetch } from '@countersign/contract/client'
import { join, relative } from 'node:path'
import { Agent, fetch } from 'undici'
import { dataDirOf } from './data-dir.ts'
import { Failure } from './failure.ts'
import type { World } from './world.ts'

export interface Control {
  readonly client: Client
  /** Whether the server says that it is ready. False also where nobody answers. */
  isReady(signal?: AbortSignal): Promise<boolean>
  close(): Promise<void>
}

/** The socket that belongs to a data directory. */
export function controlSocket(dataDir: string): string {
  return join(dataDir, 'control.sock')
}

const connectTimeoutMs = 5_000

/** A client of the server that listens on `socketPath`. Its calls throw `Failure` and `ApiError`. */
export function openControl(socketPath: string): Control {
  const agent = new Agent({
    connect: { socketPath: shortestPath(socketPath), timeout: connectTimeoutMs },
    // A stream of decisions may be silent for hours.
    bodyTimeout: 0,
  })
  const send: Fetch = async (url, init) => {
    try {
      return await fetch(url, { ...init, dispatcher: agent })
    } catch (error) {
      throw unreachable(error, socketPath)
    }
  }
  return {
    client: createClient({ baseUrl, fetch: send }),
    async isReady(signal = AbortSignal.timeout(connectTimeoutMs)) {
      try {
        const response = await send(`${baseUrl}/readyz`, { method: 'GET', headers: {}, signal })
        await response.text()
        return response.ok
      } catch {
        return false
      }
    },
    close: () => agent.destroy(),
  }
}

const callTimeoutMs = 30_000

/** Opens the control socket, does `work` within a bounded time, and closes it. */
export async function withControl<T>(
  dataDir: string | undefined,
  world: World,
  work: (control: Control, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const control = openControl(controlSocket(dataDirOf(dataDir, world)))
  try {
    return await work(control, AbortSignal.timeout(callTimeoutMs))
  } catch (error) {
    throw error instanceof DOMException && error.name === 'TimeoutError'
      ? new Failure(
          'unreachable',
          `the server did not answer within ${callTimeoutMs / 1000} s`,
          'try again; if it persists, read its log',
        )
      : error
  } finally {
    await control.close()
  }
}

// The name in the URL reaches nobody; the socket is the address.
const baseUrl = 'http://control'

function unreachable(error: unknown, socketPath: string): unknown {
  if (!(error instanceof TypeError)) return error
  const code = codeOf(error.cause) ?? 'no reason given'
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new Failure(
      'unreachable',
      `no server answers at \`${socketPath}\``,
      'start one with `countersign up`, or name its data directory with `--data-dir`',
    )
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new Failure(
      'refused',
      `you may not open \`${socketPath}\``,
      'run this as the user who started the server',
    )
  }
  return new Failure(
    'unreachable',
    `the server at \`${socketPath}\` broke off (${code})`,
    'see whether it runs with `countersign status`; its log lies in the folder `logs` beside the socket',
  )
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : undefined
}

/** A socket's address has room for about a hundred bytes; seen from here the path may be shorter. */
export function shortestPath(path: string): string {
  const fromHere = relative('', path)
  return fromHere.length < path.length ? fromHere : path
}
