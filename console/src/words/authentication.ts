// How someone signed in, and what it proves, in words anyone understands.
import type { AuthenticationMethod } from '@countersign/contract/documents'

export const methodWords: Readonly<Record<AuthenticationMethod, string>> = {
  'hardware-key': 'Hardware key',
  passkey: 'Passkey',
  otp: 'Password and one-time code',
  password: 'Password',
  'recovery-code': 'Recovery code',
  persona: 'Persona of the demo',
}

/** What a sign-in is worth. */
export function strengthWords(method: AuthenticationMethod, phishingResistant: boolean): string {
  if (phishingResistant) return 'Strong: it proves you to this site only, and cannot be phished.'
  return weaker[method]
}

const weaker: Readonly<Record<AuthenticationMethod, string>> = {
  'hardware-key': 'Two factors: the key in your hand and your unlocking of it.',
  passkey: 'Two factors: the key and your unlocking of it.',
  otp: 'Two factors, but both can be typed into the wrong site.',
  password: 'Weak: whoever knows the password is you.',
  'recovery-code': 'Weak: it opens the way to a new passkey, and to little else.',
  persona: 'Weak: anyone at this demo can be this person. Policies treat it like a password.',
}

/** Whether a text from the API names a method that we have words for. */
export function isMethod(text: string): text is AuthenticationMethod {
  return Object.hasOwn(methodWords, text)
}
