// How we tell applications in which way someone proved who they are. The words of SAML are older than
// passkeys; the one that fits them is that of the REFEDS MFA profile, and what has no word has none.
import type { AuthenticationMethod } from '@countersign/contract/documents'
import { contexts } from './names.ts'

interface ContextRow {
  readonly context: string
  /** Stronger is higher. */
  readonly rank: number
}

const rows: Readonly<Record<AuthenticationMethod, ContextRow>> = {
  persona: { context: contexts.unspecified, rank: 0 },
  'recovery-code': { context: contexts.unspecified, rank: 0 },
  password: { context: contexts.password, rank: 1 },
  otp: { context: contexts.timeSyncToken, rank: 2 },
  passkey: { context: contexts.refedsMfa, rank: 3 },
  'hardware-key': { context: contexts.refedsMfa, rank: 3 },
}

// What applications ask for, and the least that it takes.
const ranks: ReadonlyMap<string, number> = new Map([
  [contexts.unspecified, 0],
  ['urn:oasis:names:tc:SAML:2.0:ac:classes:Password', 1],
  [contexts.password, 1],
  [contexts.timeSyncToken, 2],
  [contexts.refedsMfa, 3],
])

/** What an application asked for (saml-core §3.3.2.2.1). */
export interface RequestedContext {
  readonly comparison: 'exact' | 'minimum' | 'maximum' | 'better'
  readonly classes: readonly string[]
}

/** The class that says how someone signed in. */
export function contextOf(method: AuthenticationMethod): string {
  return rows[method].context
}

/**
 * Whether a way of signing in is enough for what was asked: `impossible` where none would be. Whoever
 * asks for exactly a password gets a stronger answer, under its own name: less would help nobody.
 */
export function isEnough(
  method: AuthenticationMethod,
  { comparison, classes }: RequestedContext,
): 'enough' | 'too-weak' | 'impossible' {
  const known = classes.flatMap((it) => ranks.get(it) ?? [])
  if (known.length === 0 || comparison === 'maximum') return 'impossible'
  const least = comparison === 'better' ? Math.max(...known) + 1 : Math.min(...known)
  if (least > rows['hardware-key'].rank) return 'impossible'
  return rows[method].rank >= least ? 'enough' : 'too-weak'
}
