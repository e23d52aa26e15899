// Plays the organisation's device management: what devices report is reported again, because a
// fact that nobody repeats stops counting. The personas' devices report often, so that a visitor
// never meets a stale one; all others now and then.
import type { AnyDocument } from '@countersign/contract/documents'
import { deviceAt, type DeviceProfile } from '#organisation/devices'
import { personas } from '#organisation/personas'

export interface DeviceManagement {
  readonly devices: readonly DeviceProfile[]
  readonly clock: () => number
  /** Hands reports over; may reject, then the next round tries again. */
  readonly report: (documents: readonly AnyDocument[]) => Promise<void>
}

const personasEveryMs = 10 * 60_000
const everyoneEveryMs = 4 * 60 * 60_000

/** Reports until stopped. The first report of the personas' devices is the caller's to await. */
export function manageDevices(management: DeviceManagement): () => void {
  const { devices } = management
  const owned = personaDevices(devices)
  const timers = [
    setInterval(() => void reportDevices(management, owned), personasEveryMs),
    setInterval(() => void reportDevices(management, devices), everyoneEveryMs),
  ]
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}

/** The devices of the personas. */
export function personaDevices(devices: readonly DeviceProfile[]): readonly DeviceProfile[] {
  const owners = new Set(personas.map(({ id }) => id))
  return devices.filter(({ device }) => owners.has(device.owner ?? ''))
}

/** What is known of devices at this moment, as documents. */
export function deviceReports(devices: readonly DeviceProfile[], now: number): AnyDocument[] {
  return devices.map((profile) => ({ kind: 'device', document: deviceAt(profile, now) }))
}

async function reportDevices(
  { clock, report }: DeviceManagement,
  devices: readonly DeviceProfile[],
): Promise<void> {
  try {
    await report(deviceReports(devices, clock()))
  } catch {
    // The server may be away for a moment. Facts last longer than the time to the next round.
  }
}
