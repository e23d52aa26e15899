// Opens the door for other proxies, where the settings ask for one.
import type { AddressInfo } from 'node:net'
import { secretPattern } from '@countersign/contract/external'
import type { Settings } from '@countersign/contract/settings'
import type { Gateway } from '#gateway'
import { addressOf, listen } from '#serving.process'
import { StartFault } from '#start-fault'
import { externalListener } from './external.routes.ts'

export interface OpenExternal {
  readonly address: AddressInfo
  /** Ends every connection: a proxy that is not answered refuses. */
  readonly close: () => Promise<void>
}

/**
 * Listens for other proxies; undefined where the settings name no address. Rejects with
 * `StartFault` where the secret is missing or weak.
 */
export async function openExternal(
  settings: Pick<Settings<'gateway'>, 'gatewayExternalListen' | 'gatewayExternalSecret'>,
  gateway: Gateway,
): Promise<OpenExternal | undefined> {
  const { gatewayExternalListen: address, gatewayExternalSecret: secret } = settings
  if (!address) return undefined
  if (!secret || !secretPattern.test(secret.reveal())) {
    throw new StartFault(
      'other proxies are answered only if they show a secret: set COUNTERSIGN_GATEWAY_EXTERNAL_SECRET to 32 to 128 letters, digits, `-` or `_`, such as the output of `openssl rand -hex 32`',
    )
  }
  const { server, close } = externalListener(secret, gateway)
  await listen(server, address, 'COUNTERSIGN_GATEWAY_EXTERNAL_LISTEN')
  return { address: addressOf(server), close }
}
