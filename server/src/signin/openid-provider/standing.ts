// How a sign-in is told to applications: as a class (`acr`) that policies and applications compare,
// and as the methods (`amr`) that made it.
import {
  type Authentication,
  type AuthenticationMethod,
  strengths,
} from '@countersign/contract/documents'

/** By strength, weakest first. `phr` and `phrh` are the names of OpenID's EAP ACR Values 1.0. */
const classes = {
  1: 'urn:countersign:acr:one-factor',
  2: 'urn:countersign:acr:two-factors',
  3: 'phr',
  4: 'phrh',
} as const

/** Every class that can be asked for. */
export const acrValues: readonly string[] = Object.values(classes)

// RFC 8176 §2. What a click on a persona proves has no name there.
const methods: Readonly<Record<AuthenticationMethod, readonly string[]>> = {
  persona: [],
  password: ['pwd'],
  'recovery-code': ['otp'],
  otp: ['otp'],
  passkey: ['pop', 'user', 'mfa'],
  'hardware-key': ['hwk', 'user', 'mfa'],
}

/** The class of a sign-in. What can be phished is never more than two factors. */
export function acrOf({ method, phishingResistant }: Authentication): string {
  const strength = strengths[method]
  return classes[phishingResistant || strength <= 2 ? strength : 2]
}

/** The methods of a sign-in. */
export function amrOf({ method }: Authentication): readonly string[] {
  return methods[method]
}

/** Seconds since the epoch at which someone proved who they are. */
export function authTimeOf({ observedAt }: Authentication): number {
  return Math.floor(observedAt / 1000)
}

/** Whether a class is at least the weakest of those asked for; what we do not know asks for nothing. */
export function isAtLeast(acr: string, asked: readonly string[]): boolean {
  const known = asked.map((value) => acrValues.indexOf(value)).filter((rank) => rank >= 0)
  return known.length === 0 || acrValues.indexOf(acr) >= Math.min(...known)
}
