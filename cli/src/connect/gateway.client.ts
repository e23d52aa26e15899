// The way to the gateway, which answers at the console's address: the API for signing in, the
// questions about tunnels, and the tunnels themselves.
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps, type RequestOptions } from 'node:https'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { createClient, type Client, type Fetch } from '@countersign/contract/client'
import { decisionHeader } from '@countersign/contract/session'
import {
  type TunnelEnding,
  tunnelEnding,
  tunnelEndPath,
  type TunnelList,
  tunnelList,
  tunnelsPath,
} from '@countersign/contract/tunnel'
import { Agent, fetch, request as send } from 'undici'
import { z } from 'zod'
import { Failure } from '#failure'
import { isThisMachine } from './console-url.ts'

/** What the gateway says to a `CONNECT`. */
export type Opening =
  | { readonly kind: 'open'; readonly socket: Socket; readonly decision: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

const lines = z.array(z.string()).default([])

/** A refusal, as far as the gateway explains it. */
const refusal = z.object({
  code: z.string().default('unknown'),
  status: z.number(),
  title: z.string(),
  remedy: z.string().default(''),
  detail: z.string().optional(),
  /** The decision. */
  instance: z.string().optional(),
  reasons: lines,
  nextSteps: lines,
})
export type Refusal = z.infer<typeof refusal>

export interface GatewayClient {
  readonly api: Client
  /** Asks for a tunnel. Throws `Failure` where nobody answers. */
  open(authority: string, token: string, signal: AbortSignal): Promise<Opening>
  /** The tunnels there are for whoever holds the token; undefined where it does not count. */
  tunnels(token: string, signal: AbortSignal): Promise<TunnelList | undefined>
  /** How the tunnel of a decision ended; undefined where the gateway does not know. */
  ending(decision: string, token: string): Promise<TunnelEnding | undefined>
  close(): Promise<void>
}

const connectTimeoutMs = 10_000
const callTimeoutMs = 30_000
/** How long the gateway may take to say why a tunnel ended. */
const endingTimeoutMs = 3_000
/** The gateway first connects to the application. */
const openTimeoutMs = 30_000
const refusalMaxBytes = 1024 * 1024
const headMaxBytes = 64 * 1024

/** A client of the gateway at the console's address. */
export function openGateway(console: URL): GatewayClient {
  const hostname = console.hostname.replace(/^\[|\]$/g, '')
  const lookup = isThisMachine(hostname) && isIP(hostname) === 0 ? { lookup: thisMachine } : {}
  const agent = new Agent({ connect: { ...lookup, timeout: connectTimeoutMs } })
  const fetchHere: Fetch = async (url, init) => {
    const signals = [AbortSignal.timeout(callTimeoutMs), ...(init.signal ? [init.signal] : [])]
    try {
      return await fetch(url, { ...init, signal: AbortSignal.any(signals), dispatcher: agent })
    } catch (error) {
      throw unreachable(error, console)
    }
  }
  const ask = async <S extends z.ZodType>(
    path: string,
    token: string,
    answer: S,
    signal: AbortSignal,
  ): Promise<z.output<S> | undefined> => {
    const response = await send(console.origin + path, {
      headers: { 'proxy-authorization': `Bearer ${token}`, accept: 'application/json' },
      dispatcher: agent,
      signal,
    }).catch((error: unknown) => {
      throw unreachable(error, console)
    })
    const text = await response.body.text()
    return response.statusCode === 200 ? z.parse(answer, JSON.parse(text)) : undefined
  }
  return {
    api: createClient({ baseUrl: console.origin, fetch: fetchHere }),
    async open(authority, token, signal) {
      const isTls = console.protocol === 'https:'
      const options: RequestOptions & {
        readonly allowHalfOpen: true
        readonly ALPNProtocols: string[]
      } = {
        method: 'CONNECT',
        path: authority,
        host: hostname,
        port: console.port === '' ? (isTls ? 443 : 80) : Number(console.port),
        headers: { host: authority, 'proxy-authorization': `Bearer ${token}` },
        agent: false,
        maxHeaderSize: headMaxBytes,
        timeout: openTimeoutMs,
        signal,
        // Each direction of a tunnel ends by itself.
        allowHalfOpen: true,
        // A `CONNECT` is spoken in HTTP/1.1.
        ALPNProtocols: ['http/1.1'],
        ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
        ...lookup,
      }
      const outgoing = (isTls ? requestHttps : requestHttp)(options)
      try {
        return await answerTo(outgoing)
      } catch (error) {
        throw unreachable(error, console)
      }
    },
    tunnels: (token, signal) => ask(tunnelsPath, token, tunnelList, signal),
    ending: (decision, token) =>
      ask(tunnelEndPath(decision), token, tunnelEnding, AbortSignal.timeout(endingTimeoutMs)),
    close: () => agent.destroy(),
  }
}

function answerTo(outgoing: ReturnType<typeof requestHttp>): Promise<Opening> {
  return new Promise((resolve, reject) => {
    outgoing.once('error', reject)
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')))
    // Node gives every answer to a `CONNECT` here, and what follows its head as it came.
    outgoing.once('connect', (response: IncomingMessage, socket: Socket, head: Buffer) => {
      socket.setTimeout(0)
      socket.setKeepAlive(true, keepAliveDelayMs)
      socket.setNoDelay(true)
      if (head.length > 0) socket.unshift(head)
      if (response.statusCode === 200) {
        const named = response.headers[decisionHeader]
        const decision = typeof named === 'string' ? named : ''
        resolve({ kind: 'open', socket, decision })
        return
      }
      refusalIn(response, socket).then((it) => resolve({ kind: 'refused', refusal: it }), reject)
    })
    outgoing.end()
  })
}

const keepAliveDelayMs = 30_000

async function refusalIn(response: IncomingMessage, socket: Socket): Promise<Refusal> {
  const length = Math.min(Number(response.headers['content-length'] ?? 0), refusalMaxBytes)
  const parts: Buffer[] = []
  let size = 0
  if (length > 0) {
    for await (const part of socket as AsyncIterable<Buffer>) {
      parts.push(part)
      size += part.length
      if (size >= length) break
    }
  }
  socket.destroy()
  const status = response.statusCode ?? 0
  const read = refusal.safeParse(parsed(Buffer.concat(parts).toString().slice(0, length)))
  return read.success
    ? read.data
    : refusal.parse({ status, title: `the gateway answered ${status}` })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// Not every resolver knows that everything under `localhost` is this machine.
const thisMachine: LookupFunction = (_hostname, options, done) => {
  if (options.all) {
    done(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ])
  } else done(null, '127.0.0.1', 4)
}

const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/

function unreachable(error: unknown, { origin }: URL): unknown {
  if (error instanceof Failure || !(error instanceof Error)) return error
  if (error.name === 'AbortError') return error
  const cause = error.cause instanceof Error ? error.cause : error
  const code = 'code' in cause ? String(cause.code) : cause.message
  return certificateCodes.test(code)
    ? new Failure(
        'unreachable',
        `the certificate of \`${origin}\` is not one this machine trusts (${code})`,
        'if your organisation has its own authority, name its certificate in NODE_EXTRA_CA_CERTS',
      )
    : new Failure(
        'unreachable',
        `no gateway answers at \`${origin}\` (${code})`,
        'check the address and the network, or name another with `--console`',
      )
}
