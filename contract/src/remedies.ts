// What somebody could do about a refusal: the few facts that people can change, and each in words.
import { z } from 'zod'
import { isInternal } from './classification.ts'
import { type DeviceFactName, deviceFactNames } from './facts.ts'

const name = z.string().max(256)

/** One thing somebody could do. */
const act = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('authentication'),
    /** Present where nothing weaker than a hardware key helps. */
    method: z.literal('hardware-key').optional(),
  }),
  z.strictObject({ kind: z.literal('enrolment'), device: name, deviceName: name }),
  z.strictObject({ kind: z.literal('device'), fact: z.enum(deviceFactNames) }),
  /** Membership of a group, which its owner may give. */
  z.strictObject({ kind: z.literal('grant'), group: name, groupName: name, owner: name }),
  /** Waiting until then, in milliseconds since the epoch. */
  z.strictObject({ kind: z.literal('time'), from: z.int().nonnegative() }),
])
export type Act = z.infer<typeof act>

/** What would make a refusal an allow, everything else staying as it was. */
export const remedies = isInternal(
  z.strictObject({
    /** The smallest sets of acts, each verified by deciding; none where nothing was found. */
    found: z.array(z.array(act).min(1).max(3)).max(5),
    /** At most so many acts were tried together. */
    tried: z.int().min(0).max(3),
    /** Whether the search ended early because it had decided as often as it may. */
    isCutShort: z.boolean(),
  }),
)
export type Remedies = z.infer<typeof remedies>

/** An act in words, as an instruction. */
export function actText(it: Act): string {
  switch (it.kind) {
    case 'authentication':
      return it.method === undefined
        ? 'Sign in again with a passkey.'
        : 'Sign in again with your hardware key.'
    case 'enrolment':
      return `Use your device ${it.deviceName}.`
    case 'device':
      return deviceActs[it.fact]
    case 'grant':
      return `Ask ${it.owner} to take you into the group ${it.groupName}.`
    case 'time':
      return `Wait until ${new Date(it.from).toISOString().slice(0, 16).replace('T', ' ')} UTC.`
  }
}

const deviceActs: Readonly<Record<DeviceFactName, string>> = {
  managed: 'Have your organisation take this device under its management.',
  diskEncryption: 'Turn on disk encryption, then let the device report again.',
  firewall: 'Turn on the firewall, then let the device report again.',
  screenLock: 'Let the screen lock by itself within fifteen minutes, then let the device report.',
  supportedSystem: 'Install the pending system updates, then let the device report again.',
  endpointProtection: 'Start endpoint protection and let it update, then let the device report.',
}
