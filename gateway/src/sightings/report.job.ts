// Tells the control plane which sessions were used: a few at a time, about four times a minute,
// and at once where a session is used on two devices. What cannot be told now is told later.
import { sightingsMaxCount } from '@countersign/contract/api/sessions'
import type { Backoff } from '#backoff'
import type { ControlPlane } from '#control-plane.client'
import type { Sightings } from './sightings.ts'

export interface ReportOptions {
  readonly sightings: Sightings
  readonly controlPlane: Pick<ControlPlane, 'tell'>
  readonly everyMs: number
  readonly backoff: Backoff
  readonly pause: (ms: number) => Promise<void>
  readonly signal: AbortSignal
}

/** Tells until `signal` aborts. Never rejects. */
export async function reportSightings(options: ReportOptions): Promise<void> {
  const { sightings, controlPlane, everyMs, backoff, pause, signal } = options
  let wake: () => void = () => undefined
  sightings.onContested(() => wake())
  while (!signal.aborted) {
    const untold = sightings.untold(sightingsMaxCount)
    if (untold.length > 0) {
      if (!(await controlPlane.tell(untold))) {
        await pause(backoff.nextMs())
        continue
      }
      backoff.reset()
      sightings.told(untold)
      if (untold.length === sightingsMaxCount) continue
    }
    const woken = new Promise<void>((resolve) => (wake = resolve))
    await Promise.race([pause(everyMs), woken])
  }
}
