// The server listens twice: on TCP for gateways, and on a socket in its data directory for
// whoever operates the machine. Both are taken before anything else, because holding them is what
// keeps a second server away from the same store.
import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { join } from 'node:path'
import type { Address } from '@countersign/contract/setting-value'
import { problemDetails } from '@countersign/contract/problems'
import { problemMediaType, refusalOnSocket } from './refuse.ts'

/** A server cannot listen where it should. The message ends with the next step. */
export class ListenFault extends Error {
  override readonly name = 'ListenFault'
}

export type Handle = (request: IncomingMessage, response: ServerResponse) => void

export interface Listener {
  /** The port, where the system chose one; 0 on a socket. */
  readonly port: number
  /** Answers with this from now on; until then callers hear that the server is starting. */
  serve(handle: Handle): void
  /** Takes no new connection, and ends idle ones. Resolves once the last answer is given. */
  close(): Promise<void>
  /** Ends every connection now. */
  abort(): void
}

/** Largest header section, in bytes. */
const headersMaxBytes = 16 * 1024
const headersTimeoutMs = 15_000
/** A whole request must have arrived by then; the largest import is 64 MiB. */
const requestTimeoutMs = 120_000
const idleTimeoutMs = 75_000
const probeTimeoutMs = 2_000

/**
 * Listens on TCP.
 * @throws ListenFault where the port is taken or may not be used.
 */
export async function listenOnNetwork({ host, port }: Address): Promise<Listener> {
  const server = newServer()
  try {
    await listening(server.http, () => server.http.listen({ host, port }))
  } catch (error) {
    const where = `${host.includes(':') ? `[${host}]` : host}:${port}`
    switch (codeOf(error)) {
      case 'EADDRINUSE':
        throw new ListenFault(
          `\`${where}\` is taken by another program: stop it, or set COUNTERSIGN_SERVER_LISTEN to a free port`,
        )
      case 'EACCES':
        throw new ListenFault(
          `this user may not listen on \`${where}\`: set COUNTERSIGN_SERVER_LISTEN to a port above 1023`,
        )
      default:
        throw new ListenFault(
          `cannot listen on \`${where}\` (${String(codeOf(error))}): set COUNTERSIGN_SERVER_LISTEN to an address of this machine`,
        )
    }
  }
  return server.listener
}

/** The name of the control socket within the data directory. */
export const controlSocketName = 'control.sock'
/** A path longer than this does not fit into a socket address on every system. */
const socketPathMaxBytes = 100

/**
 * Listens on the control socket of a data directory, which is also the lock on its store.
 * @throws ListenFault where another server answers on it.
 */
export async function listenOnControlSocket(dataDir: string): Promise<Listener> {
  const path = join(dataDir, controlSocketName)
  if (Buffer.byteLength(path) > socketPathMaxBytes) {
    throw new ListenFault(
      `the path \`${path}\` is too long for a socket: set COUNTERSIGN_DATA_DIR to a shorter one`,
    )
  }
  const server = newServer()
  try {
    await listening(server.http, () => server.http.listen({ path }))
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw unusable(path, error)
    const holder = await askForProcess(path)
    if (holder !== undefined) throw inUse(dataDir, holder)
    // Nobody answers: a server ended without a chance to clean up.
    await rm(path, { force: true })
    await listening(server.http, () => server.http.listen({ path })).catch((again: unknown) => {
      throw unusable(path, again)
    })
  }
  await chmod(path, 0o600)
  // Two servers that start at once may both have found the old socket; the last one holds it.
  const holder = await askForProcess(path)
  if (holder !== String(process.pid)) {
    server.listener.abort()
    throw inUse(dataDir, holder ?? 'unknown')
  }
  return server.listener
}

function newServer(): { readonly http: Server; readonly listener: Listener } {
  let handle: Handle = answerWhileStarting
  const http = createServer(
    {
      maxHeaderSize: headersMaxBytes,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: idleTimeoutMs,
    },
    (incoming, response) => handle(incoming, response),
  )
  http.on('clientError', (error: Error & { code?: string }, socket) => {
    if (socket.writable) socket.end(refusalOnSocket(error))
    else socket.destroy()
  })
  return {
    http,
    listener: {
      get port() {
        const address = http.address()
        return typeof address === 'object' && address ? address.port : 0
      },
      serve(next) {
        handle = next
      },
      async close() {
        const closed = once(http, 'close')
        http.close()
        http.closeIdleConnections()
        await closed
      },
      abort() {
        http.close()
        http.closeAllConnections()
      },
    },
  }
}

/** The path on which the control socket says which process holds it. */
export const livePath = '/healthz'
export const readyPath = '/readyz'

/** What `/healthz` answers on the control socket. */
export function liveAnswer(): string {
  return JSON.stringify({ status: 'live', process: process.pid })
}

const answerWhileStarting: Handle = (incoming, response) => {
  // A body that nobody reads would keep the connection from being used again.
  incoming.resume()
  if (incoming.url === livePath) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(liveAnswer())
    return
  }
  const details = problemDetails('server.store_unavailable', { detail: 'the server is starting' })
  response
    .writeHead(details.status, { 'content-type': problemMediaType, 'retry-after': '1' })
    .end(JSON.stringify(details))
}

/** The process behind a control socket; `unknown` where one answers but does not say. */
function askForProcess(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const ask = request(
      { socketPath: path, path: livePath, timeout: probeTimeoutMs, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text = (text + chunk).slice(0, 256)))
        response.on('end', () => resolve(/"process":(\d+)/.exec(text)?.[1] ?? 'unknown'))
        response.on('error', () => resolve('unknown'))
      },
    )
    ask.on('timeout', () => {
      resolve('unknown')
      ask.destroy()
    })
    ask.on('error', () => resolve(undefined))
    ask.end()
  })
}

async function listening(server: Server, listen: () => void): Promise<void> {
  const ready = once(server, 'listening')
  listen()
  await ready
}

function inUse(dataDir: string, holder: string): ListenFault {
  return new ListenFault(
    `the store in \`${dataDir}\` is in use by process ${holder}: stop that server first, or set COUNTERSIGN_DATA_DIR to another directory`,
  )
}

function unusable(path: string, error: unknown): ListenFault {
  return new ListenFault(
    `cannot make the control socket \`${path}\` (${String(codeOf(error))}): give this user the directory, or set COUNTERSIGN_DATA_DIR to another`,
  )
}

function codeOf(error: unknown): unknown {
  return (Object(error) as { readonly code?: unknown }).code
}
