// The environment that the programs get: the caller's, with everything filled in that follows from
// it, so that one setting changes one thing (an address, say) and the rest still fits.
import type { Address } from '@countersign/contract/setting-value'
import { readSettings, settings } from '@countersign/contract/settings'
import { join } from 'node:path'
import { controlSocket } from '#control.client'
import { Failure } from '#failure'
import type { World } from '#world'
import { dataDirOf } from '#data-dir'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Plan {
  readonly dataDir: string
  readonly controlSocket: string
  readonly listens: readonly Listen[]
  readonly consoleUrl: string
  readonly serverUrl: string
  readonly gatewayUrl: string
  readonly operateUrl: string
  /** Where the built console is expected, and whether it is ours to build. */
  readonly console: { readonly directory: string; readonly ours: boolean }
  readonly server: Environment
  readonly gateway: Environment
}

export interface Listen {
  readonly setting: string
  readonly address: Address
}

/**
 * What follows from the settings.
 * @throws SettingError, or `Failure` where an address has no fixed port.
 */
export function planOf(
  option: string | undefined,
  world: Pick<World, 'environment' | 'directory' | 'home'>,
): Plan {
  const { environment, home } = world
  // All programs' settings are checked here, before anything starts.
  const given = readSettings('up', environment)
  readSettings('server', environment)
  const scheme = readSettings('gateway', environment).gatewayTls === 'off' ? 'http' : 'https'
  const dataDir = dataDirOf(option, world)
  const listens = (['serverListen', 'gatewayListen', 'gatewayOperateListen'] as const).map(
    (name) => ({ setting: settings[name].env, address: given[name] }),
  )
  for (const { setting, address } of listens) {
    if (address.port === 0) {
      throw new Failure('usage', `\`${setting}\` has the port 0`, 'choose a fixed port for it')
    }
  }
  const own = environment[settings.consoleDir.env]
  const consoleDir = own ? own : join(home, 'console', 'dist')
  const serverUrl = environment[settings.serverUrl.env] || urlOf(given.serverListen)
  const consoleUrl =
    environment[settings.publicUrl.env] ||
    `${scheme}://countersign.localhost:${given.gatewayListen.port}`
  const shared = {
    ...environment,
    [settings.dataDir.env]: dataDir,
    [settings.consoleDir.env]: consoleDir,
    [settings.serverUrl.env]: serverUrl,
    [settings.publicUrl.env]: consoleUrl,
  }
  return {
    dataDir,
    controlSocket: controlSocket(dataDir),
    listens,
    consoleUrl,
    serverUrl,
    gatewayUrl: urlOf(given.gatewayListen, scheme),
    operateUrl: urlOf(given.gatewayOperateListen),
    console: { directory: consoleDir, ours: !own },
    server: shared,
    gateway: shared,
  }
}

/** A URL that reaches who listens there. An address that means every interface is reached at home. */
export function urlOf({ host, port }: Address, scheme: 'http' | 'https' = 'http'): string {
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return `${scheme}://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}
