// A world with another proxy in front: a real gateway that is asked, a recording application, and
// the proxy with the configuration that we generate.
import type { IncomingMessage } from 'node:http'
import { planOf } from '@countersign/contract/proxy-config/plan'
import { World, type WorldOptions } from '#world.fake'
import { type Runnable, type RunningProxy, startProxy } from './proxies.fake.ts'

export const secret = 'a-secret-for-tests-0123456789-abcdef'

export interface Answer {
  readonly status: number
  /** Values by name in lower case; several of one name are joined with a line end. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export class Front {
  readonly world: World
  readonly proxy: RunningProxy

  static async begin(kind: Runnable, options: WorldOptions = {}): Promise<Front> {
    const world = await beginExternal(options)
    const known = world.running.gateway.facts.current?.get('application', 'wiki')
    if (!known) throw new Error('there is no wiki')
    // As those applications are that used to stand behind another guard.
    const upstreamIdentity = {
      headers: { user: 'x-forwarded-user', groups: 'x-company-groups' },
      groups: ['staff'],
    }
    await world.plane.put({ kind: 'application', document: { ...known, upstreamIdentity } })
    await world.settle()
    const plan = (port: number) =>
      planOf({
        applications: world.running.gateway.facts.current?.all('application') ?? [],
        listen: `127.0.0.1:${port}`,
        certificate: undefined,
        key: undefined,
        gateway: `127.0.0.1:${world.port}`,
        external: `127.0.0.1:${externalPort(world)}`,
        secret,
      })
    try {
      return new Front(world, await startProxy(kind, plan))
    } catch (error) {
      await world.end()
      throw error
    }
  }

  private constructor(world: World, proxy: RunningProxy) {
    this.world = world
    this.proxy = proxy
  }

  async end(): Promise<void> {
    await this.proxy.stop()
    await this.world.end()
  }

  /** A GET through the proxy; `lines` are further header lines, and a target is sent as it is. */
  async get(host: string, target: string, ...lines: readonly string[]): Promise<Answer> {
    return this.send(`GET ${target}`, host, lines)
  }

  /** A request through the proxy. `begin` is its method and target. */
  async send(begin: string, host: string, lines: readonly string[], body = ''): Promise<Answer> {
    const head = [`${begin} HTTP/1.1`, `Host: ${host}`, ...lines, 'Connection: close', '', body]
    return readAnswer(await this.proxy.exchange(head.join('\r\n')))
  }

  /** What of the application's requests came since, by what they asked for. */
  get seen(): readonly IncomingMessage[] {
    return this.world.seen
  }
}

/** A world whose gateway answers other proxies. */
export function beginExternal(options: WorldOptions = {}): Promise<World> {
  return World.begin({
    ...options,
    environment: {
      COUNTERSIGN_GATEWAY_EXTERNAL_LISTEN: '127.0.0.1:0',
      COUNTERSIGN_GATEWAY_EXTERNAL_SECRET: secret,
      ...options.environment,
    },
  })
}

export function externalPort(world: World): number {
  const { externalAddress } = world.running
  if (!externalAddress) throw new Error('the gateway does not answer other proxies')
  return externalAddress.port
}

/** Reads the first answer out of bytes. */
export function readAnswer(text: string): Answer {
  const end = text.indexOf('\r\n\r\n')
  const [line = '', ...lines] = text.slice(0, end < 0 ? text.length : end).split('\r\n')
  const headers = new Map<string, string>()
  for (const one of lines) {
    const colon = one.indexOf(':')
    const name = one.slice(0, colon).toLowerCase()
    const value = one.slice(colon + 1).trim()
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}\n${value}`)
  }
  return {
    status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1] ?? 0),
    headers,
    body: end < 0 ? '' : text.slice(end + 4),
  }
}
