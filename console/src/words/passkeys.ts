// A passkey in words: what it is, and where its key can be.
import type { MyFactors } from '#api/factors.ts'

type Passkey = MyFactors['passkeys'][number]

/** What kind of authenticator holds it. */
export function kindOfPasskey({ hardwareKey, model, transports }: Passkey): string {
  const name = model ?? (transports.includes('internal') ? 'Built into a device' : 'Passkey')
  return hardwareKey ? `${name}, counts as a hardware key` : name
}

/** Where the key can be besides the device it was made in. */
export function whereaboutsOf({ backupEligible, backedUp }: Passkey): string {
  if (backedUp) return 'Kept in your account with its maker, so it is on your other devices, too.'
  if (backupEligible) return 'Can be copied to your other devices; it has not been yet.'
  return 'Cannot leave the device it was made in.'
}
