// Connections to applications, kept open and bounded: one pool for each address and what is asked
// of it, so that two applications at one address never share a connection that only one trusts.
import { checkServerIdentity } from 'node:tls'
import type { Application } from '@countersign/contract/documents'
import { problem } from '@countersign/contract/problems'
import {
  circuitFailuresMaxCount,
  circuitFirstRestMs,
  circuitRestMaxMs,
  upstreamConnectionsMaxCount,
  upstreamConnectTimeoutMs,
  upstreamHeadMaxBytes,
  upstreamHeadTimeoutMs,
  upstreamIdleTimeoutMs,
  upstreamKeepAliveTimeoutMs,
  upstreamPoolsMaxCount,
} from '#limits'
import { Circuit } from './circuit.ts'
import type { ClientPairs } from './client-pairs.file.ts'
import { dialOf } from './http1/dial.client.ts'
import { Pool } from './http1/pool.client.ts'
import { type ClientPair, tlsOf, type UpstreamTls } from './trust.ts'

export interface UpstreamTimeouts {
  readonly connectTimeoutMs: number
  readonly headTimeoutMs: number
  readonly idleTimeoutMs: number
}

/** The way to one application. */
export interface Upstream {
  /** Scheme, host and port. */
  readonly origin: string
  readonly pool: Pool
  readonly circuit: Circuit
  readonly tls: UpstreamTls
  readonly headTimeoutMs: number
}

const usualTimeouts: UpstreamTimeouts = {
  connectTimeoutMs: upstreamConnectTimeoutMs,
  headTimeoutMs: upstreamHeadTimeoutMs,
  idleTimeoutMs: upstreamIdleTimeoutMs,
}

interface Known {
  readonly upstream: Upstream
  readonly pair: ClientPair | undefined
}

export class Upstreams {
  readonly timeouts: UpstreamTimeouts
  readonly #clientPairs: ClientPairs
  readonly #byKey = new Map<string, Upstream>()
  readonly #byApplication = new WeakMap<Application, Known>()

  constructor(clientPairs: ClientPairs, timeouts: Partial<UpstreamTimeouts> = {}) {
    this.timeouts = { ...usualTimeouts, ...timeouts }
    this.#clientPairs = clientPairs
  }

  /** The way to an application. Throws the problem of one that has none. */
  to(application: Application): Upstream {
    const pair = this.#pairOf(application)
    const known = this.#byApplication.get(application)
    if (known && known.pair === pair && !known.upstream.pool.closed) return known.upstream
    const upstream = this.#open(application, pair)
    this.#byApplication.set(application, { upstream, pair })
    return upstream
  }

  close(): void {
    for (const { pool } of this.#byKey.values()) pool.destroy()
    this.#byKey.clear()
  }

  #pairOf({ name, upstreamTrust }: Application): ClientPair | undefined {
    const wanted = upstreamTrust?.clientCertificate
    if (wanted === undefined) return undefined
    try {
      return this.#clientPairs.at(wanted)
    } catch {
      throw problem(
        'upstream.unreachable',
        `\`${name}\` asks for the client certificate \`${wanted}\`, which this gateway does not have`,
      )
    }
  }

  #open(application: Application, pair: ClientPair | undefined): Upstream {
    const { upstream, upstreamTrust, upstreamPatience } = application
    if (upstream === undefined) throw problem('route.unknown_host')
    const { origin } = new URL(upstream)
    const key = JSON.stringify([origin, upstreamTrust, upstreamPatience, pair])
    const known = this.#byKey.get(key)
    if (known) return known
    this.#makeRoom()
    const { connectTimeoutMs, headTimeoutMs, idleTimeoutMs } = this.timeouts
    const tls = tlsOf(upstreamTrust, pair, checkServerIdentity)
    const headMs = upstreamPatience?.headMaxMs ?? headTimeoutMs
    const made: Upstream = {
      origin,
      tls,
      headTimeoutMs: headMs,
      circuit: new Circuit({
        failuresMaxCount: circuitFailuresMaxCount,
        firstRestMs: circuitFirstRestMs,
        restMaxMs: circuitRestMaxMs,
      }),
      pool: new Pool(dialOf(origin, tls), {
        connectionsMaxCount: upstreamConnectionsMaxCount,
        connectTimeoutMs,
        headTimeoutMs: headMs,
        idleTimeoutMs: upstreamPatience?.idleMaxMs ?? idleTimeoutMs,
        headMaxBytes: upstreamHeadMaxBytes,
        keepAliveTimeoutMs: upstreamKeepAliveTimeoutMs,
      }),
    }
    this.#byKey.set(key, made)
    return made
  }

  // Requests in progress on a pool that makes room are finished first.
  #makeRoom(): void {
    if (this.#byKey.size < upstreamPoolsMaxCount) return
    const [oldest] = this.#byKey
    if (!oldest) return
    this.#byKey.delete(oldest[0])
    oldest[1].pool.close()
  }
}
