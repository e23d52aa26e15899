// The control plane is told with which keys this gateway signs assertions, and tells every other
// gateway. What it knows already is not told again.
import { isDeepStrictEqual } from 'node:util'
import type { P256PublicKey, SigningKey } from '@countersign/contract/signer'
import type { Logger } from 'pino'
import type { Backoff } from '#backoff'
import type { ControlPlane } from '#control-plane.client'
import type { LiveEstate } from '#feed/live-estate'

interface TellKeysOptions {
  readonly controlPlane: Pick<ControlPlane, 'tellKeys'>
  readonly gateway: string
  readonly facts: LiveEstate
  /** All of them; the control plane knows the first since the enrolment. */
  readonly keys: readonly [SigningKey, P256PublicKey]
  readonly backoff: Backoff
  readonly pause: (ms: number) => Promise<void>
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** Tells once there are facts, until it is known or `signal` aborts. Never rejects. */
export async function tellKeys(options: TellKeysOptions): Promise<void> {
  const { controlPlane, gateway, facts, keys, backoff, pause, logger, signal } = options
  await firstFacts(facts, signal)
  while (!signal.aborted && !isDeepStrictEqual(facts.current?.get('signer', gateway)?.keys, keys)) {
    try {
      await controlPlane.tellKeys(keys[1])
      return
    } catch (error) {
      logger.warn(
        { err: error instanceof Error ? error.message : String(error) },
        'the control plane could not be told the keys of this gateway; applications behind several gateways may not verify what it asserts',
      )
      await pause(backoff.nextMs())
    }
  }
}

function firstFacts(facts: LiveEstate, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (facts.current) resolve()
    facts.onChange(() => resolve())
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
  })
}
