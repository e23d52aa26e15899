// Where requests come in: people and programs, other proxies that ask, and plain http that is sent
// to https.
import type { AddressInfo } from 'node:net'
import type { Settings } from '@countersign/contract/settings'
import type { Gateway } from './gateway.ts'
import { listener } from './listener.routes.ts'
import { addressOf, closeServer, drain, listen } from './serving.process.ts'
import { openExternal } from '#external/open'
import { openRedirect } from '#tls/open-redirect'
import type { Tls } from '#tls/open.file'

export interface Addresses {
  readonly address: AddressInfo
  /** Where other proxies ask, if the settings say so. */
  readonly externalAddress?: AddressInfo
  /** Where plain http is sent to https, if the settings say so. */
  readonly redirectAddress?: AddressInfo
}

export interface Doors {
  readonly addresses: Addresses
  /** Lets requests in progress finish, for a bounded time, and no more in. */
  readonly drain: () => Promise<void>
  /** Closes what is still open. */
  readonly close: () => Promise<void>
}

/** Opens the doors that the settings ask for, in the same order always. Rejects with `StartFault`. */
export async function openDoors(
  settings: Settings<'gateway'>,
  gateway: Gateway,
  tls: Tls | undefined,
): Promise<Doors> {
  const door = listener(gateway, tls?.entrance)
  const { server } = door
  const others: { readonly close: () => Promise<void> }[] = []
  const close = async (): Promise<void> => {
    await Promise.all(others.map((other) => other.close()))
  }
  try {
    await listen(server, settings.gatewayListen, 'COUNTERSIGN_GATEWAY_LISTEN')
    const external = await openExternal(settings, gateway)
    if (external) others.push(external)
    const redirect = await openRedirect(settings, gateway)
    if (redirect) others.push(redirect)
    return {
      addresses: {
        address: addressOf(server),
        ...(external ? { externalAddress: external.address } : {}),
        ...(redirect ? { redirectAddress: redirect.address } : {}),
      },
      drain: () => drain(door, gateway.streams),
      close,
    }
  } catch (error) {
    await Promise.all([closeServer(server), close()])
    throw error
  }
}
