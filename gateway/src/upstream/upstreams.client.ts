// Connections to applications, kept open and bounded, one pool for each address.
import { buildConnector, Pool } from 'undici'
import {
  upstreamConnectionsMaxCount,
  upstreamConnectTimeoutMs,
  upstreamHeadMaxBytes,
  upstreamHeadTimeoutMs,
  upstreamIdleTimeoutMs,
  upstreamKeepAliveTimeoutMs,
  upstreamPoolsMaxCount,
} from '#limits'

export interface UpstreamTimeouts {
  readonly connectTimeoutMs: number
  readonly headTimeoutMs: number
  readonly idleTimeoutMs: number
}

const usualTimeouts: UpstreamTimeouts = {
  connectTimeoutMs: upstreamConnectTimeoutMs,
  headTimeoutMs: upstreamHeadTimeoutMs,
  idleTimeoutMs: upstreamIdleTimeoutMs,
}

export class Upstreams {
  readonly timeouts: UpstreamTimeouts
  readonly #pools = new Map<string, Pool>()

  constructor(timeouts: Partial<UpstreamTimeouts> = {}) {
    this.timeouts = { ...usualTimeouts, ...timeouts }
  }

  /** The pool of an upstream's address. */
  at(upstream: string): Pool {
    const known = this.#pools.get(upstream)
    if (known) return known
    this.#makeRoom()
    const { connectTimeoutMs, headTimeoutMs, idleTimeoutMs } = this.timeouts
    const pool = new Pool(new URL(upstream).origin, {
      connections: upstreamConnectionsMaxCount,
      pipelining: 1,
      connect: toUpstreamByItsName(connectTimeoutMs),
      headersTimeout: headTimeoutMs,
      bodyTimeout: idleTimeoutMs,
      maxHeaderSize: upstreamHeadMaxBytes,
      keepAliveTimeout: upstreamKeepAliveTimeoutMs,
      allowH2: false,
    })
    this.#pools.set(upstream, pool)
    return pool
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()))
    this.#pools.clear()
  }

  // Requests in progress on a pool that makes room are finished first.
  #makeRoom(): void {
    if (this.#pools.size < upstreamPoolsMaxCount) return
    const [oldest] = this.#pools
    if (!oldest) return
    this.#pools.delete(oldest[0])
    void oldest[1].close()
  }
}

// The `Host` header names the host that the visitor knows; over TLS the application is asked for,
// and verified, by the name of its own address.
function toUpstreamByItsName(timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs })
  return ({ servername: _visitorsName, ...options }, callback) => connect(options, callback)
}
