// The bits of `userAccountControl` as words. The bits for a locked account and an expired password
// are not among them: the directory does not keep those there (MS-ADTS §2.2.16, §3.1.1.4.5.17).
import type { Flags } from '#model'

const words = [
  ['passwordNotRequired', 0x20],
  ['passwordCannotChange', 0x40],
  ['reversibleEncryption', 0x80],
  ['passwordNeverExpires', 0x1_0000],
  ['smartCardRequired', 0x4_0000],
  ['trustedForDelegation', 0x8_0000],
  ['sensitiveNotDelegatable', 0x10_0000],
  ['desOnly', 0x20_0000],
  ['preAuthenticationOff', 0x40_0000],
  ['trustedToImpersonate', 0x100_0000],
] as const satisfies readonly (readonly [keyof Flags, number])[]

const accountDisabled = 0x2
const serverTrust = 0x2000
const partialSecrets = 0x400_0000
const lockedOut = 0x10
const passwordExpired = 0x80_0000

/** The flags that the two attributes say; nothing is said by an attribute that is absent. */
export function accountFlags(control: number | undefined, computed: number | undefined): Flags {
  const flags: { -readonly [Name in keyof Flags]: boolean } = {}
  if (control !== undefined) for (const [name, bit] of words) flags[name] = (control & bit) !== 0
  if (computed !== undefined) {
    flags.lockedOut = (computed & lockedOut) !== 0
    flags.passwordExpired = (computed & passwordExpired) !== 0
  }
  return sameFlags(flags)
}

export function isEnabled(control: number): boolean {
  return (control & accountDisabled) === 0
}

/** A domain controller, also one that only reads. */
export function isDomainController(control: number): boolean {
  return (control & (serverTrust | partialSecrets)) !== 0
}

// A hundred thousand accounts have a few dozen combinations of flags between them.
const known = new Map<string, Flags>()
const knownMax = 1_024

function sameFlags(flags: Flags): Flags {
  const key = Object.values(flags).map(Number).join('') + String(flags.lockedOut ?? '')
  const same = known.get(key)
  if (same !== undefined) return same
  if (known.size < knownMax) known.set(key, flags)
  return flags
}
