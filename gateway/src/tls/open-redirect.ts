// Opens the listener that sends plain http to https, where the settings ask for one.
import type { AddressInfo } from 'node:net'
import type { Settings } from '@countersign/contract/settings'
import type { Gateway } from '#gateway'
import { addressOf, listen } from '#serving.process'
import { StartFault } from '#start-fault'
import { redirectListener } from './redirect.routes.ts'

export interface OpenRedirect {
  readonly address: AddressInfo
  readonly close: () => Promise<void>
}

/** Listens; undefined where the settings name no address. Rejects with `StartFault`. */
export async function openRedirect(
  settings: Pick<Settings<'gateway'>, 'gatewayRedirectListen' | 'gatewayTls'>,
  gateway: Gateway,
): Promise<OpenRedirect | undefined> {
  const { gatewayRedirectListen: address, gatewayTls } = settings
  if (!address) return undefined
  if (gatewayTls === 'off') {
    throw new StartFault(
      '`COUNTERSIGN_GATEWAY_REDIRECT_LISTEN` needs TLS: set COUNTERSIGN_GATEWAY_TLS as well',
    )
  }
  const server = redirectListener(gateway)
  await listen(server, address, 'COUNTERSIGN_GATEWAY_REDIRECT_LISTEN')
  return {
    address: addressOf(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
