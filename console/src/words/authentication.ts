// How someone signed in, and what it proves, in words anyone understands.
import type { AuthenticationMethod } from '@countersign/contract/documents'

export const methodWords: Readonly<Record<AuthenticationMethod, string>> = {
  passkey: 'Passkey',
  otp: 'Password and one-time code',
  password: 'Password',
  persona: 'Persona of the demo',
}

/** What a sign-in is worth. */
export function strengthWords(method: AuthenticationMethod, phishingResistant: boolean): string {
  if (phishingResistant) return 'Strong: it proves you to this site only, and cannot be phished.'
  return weaker[method]
}

const weaker: Readonly<Record<AuthenticationMethod, string>> = {
  passkey: 'Two factors: the key and your unlocking of it.',
  otp: 'Two factors, but both can be typed into the wrong site.',
  password: 'Weak: whoever knows the password is you.',
  persona: 'Weak: anyone at this demo can be this person. Policies treat it like a password.',
}
