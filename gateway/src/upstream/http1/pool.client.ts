// Connections to one application, kept for further requests. The one used last is used first, so that
// those that are not needed grow old and end.
import {
  Connection,
  type ConnectionLimits,
  type ConnectionOwner,
  type Dial,
} from './connection.client.ts'
import { type Asking, UpstreamFailure, type Way } from './exchange.ts'

export interface PoolLimits extends ConnectionLimits {
  readonly connectionsMaxCount: number
}

export interface PoolStats {
  readonly connected: number
  /** Requests on a connection. */
  readonly running: number
  /** Requests that wait for a connection. */
  readonly pending: number
}

export class Pool implements ConnectionOwner {
  readonly #dial: Dial
  readonly #limits: PoolLimits
  readonly #connections = new Set<Connection>()
  readonly #free: Connection[] = []
  readonly #waiting: Started[] = []
  #watching: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(dial: Dial, limits: PoolLimits) {
    this.#dial = dial
    this.#limits = limits
  }

  get closed(): boolean {
    return this.#isClosed
  }

  get stats(): PoolStats {
    let connected = 0
    let running = 0
    for (const connection of this.#connections) {
      if (connection.isConnected) connected += 1
      if (connection.isConnected && !connection.isFree) running += 1
    }
    const pending = this.#waiting.length + this.#connections.size - connected
    return { connected, running, pending }
  }

  /** Sends a request; what becomes of it is told to it, never thrown. */
  ask(asking: Asking): Way {
    const started = new Started(asking, this.#waiting)
    this.#begin(started)
    return started
  }

  onFree(connection: Connection): void {
    const next = this.#waiting.shift()
    if (next) next.over(connection)
    else if (this.#isClosed) connection.destroy(closed())
    else this.#free.push(connection)
  }

  onClosed(connection: Connection): void {
    this.#connections.delete(connection)
    const place = this.#free.lastIndexOf(connection)
    if (place >= 0) this.#free.splice(place, 1)
    if (this.#connections.size === 0) {
      clearInterval(this.#watching)
      this.#watching = undefined
    }
    const next = this.#waiting.shift()
    if (next) this.#begin(next)
  }

  /** Lets requests in progress finish and takes no more. */
  close(): void {
    this.#isClosed = true
    for (const connection of this.#free.splice(0)) connection.destroy(closed())
  }

  /** Ends everything. */
  destroy(): void {
    this.#isClosed = true
    for (const { asking } of this.#waiting.splice(0)) asking.onError(closed())
    for (const connection of this.#connections) connection.destroy(closed())
  }

  #begin(started: Started): void {
    if (this.#isClosed) {
      started.fail(closed())
      return
    }
    const free = this.#freeOne()
    if (free) started.over(free)
    else if (this.#connections.size >= this.#limits.connectionsMaxCount) this.#waiting.push(started)
    else this.#open(started)
  }

  #open(started: Started): void {
    let opened: Connection
    try {
      opened = new Connection(this.#dial, this.#limits, this)
    } catch (error) {
      started.fail(error instanceof Error ? error : new Error(String(error)))
      return
    }
    this.#connections.add(opened)
    this.#watch()
    started.over(opened)
  }

  #freeOne(): Connection | undefined {
    for (;;) {
      const connection = this.#free.pop()
      if (connection === undefined || connection.isFree) return connection
    }
  }

  // One timer for all connections: a request costs none.
  #watch(): void {
    if (this.#watching !== undefined) return
    const { connectTimeoutMs, headTimeoutMs, idleTimeoutMs, keepAliveTimeoutMs } = this.#limits
    const shortestMs = Math.min(connectTimeoutMs, headTimeoutMs, idleTimeoutMs, keepAliveTimeoutMs)
    const intervalMs = Math.max(10, Math.min(500, shortestMs / 4))
    this.#watching = setInterval(() => {
      const now = performance.now()
      for (const connection of this.#connections) connection.checkPatience(now)
    }, intervalMs)
    this.#watching.unref()
  }
}

class Started implements Way {
  readonly asking: Asking
  readonly #waiting: Started[]
  #connection: Connection | undefined

  constructor(asking: Asking, waiting: Started[]) {
    this.asking = asking
    this.#waiting = waiting
  }

  over(connection: Connection): void {
    this.#connection = connection
    connection.ask(this.asking)
  }

  abort(reason: Error): void {
    if (this.#connection) {
      this.#connection.abort(this.asking, reason)
      return
    }
    const place = this.#waiting.indexOf(this)
    if (place < 0) return
    this.#waiting.splice(place, 1)
    this.asking.onError(reason)
  }

  // Whoever asks is told when it has this in its hands.
  fail(error: Error): void {
    setImmediate(() => this.asking.onError(error))
  }
}

function closed(): UpstreamFailure {
  return new UpstreamFailure('ERR_UPSTREAM_CLOSED', 'the gateway closed its connections')
}
