// One-time recovery codes: for the day on which nothing else is at hand. A code has 80 random bits,
// so that it needs no user name beside it, no second try counts, and its hash tells nothing.
import { isInternal } from '@countersign/contract/classification'
import type { Authentication } from '@countersign/contract/documents'
import { entityId } from '@countersign/contract/document-shapes'
import type { IdSource } from '@countersign/contract/ids'
import { tokenHash } from '@countersign/contract/session'
import { z } from 'zod'

/** Codes in a set. */
export const recoveryCodesCount = 10

/** The kind of the document that is kept of a set. The server's own: no gateway hears of it. */
export const recoveryCodesKind = 'recovery-codes'

export const recoveryCodes = z.strictObject({
  /** The person. */
  id: entityId,
  issuedAt: isInternal(z.int().nonnegative()),
  /** SHA-256 of each code that was not used yet, in hex. */
  codes: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(recoveryCodesCount),
})
export type RecoveryCodes = z.infer<typeof recoveryCodes>

// Crockford's base 32: nothing in it is mistaken for another character when it is copied by hand.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const codeCharacters = 16

/** A new set for a person, and what is kept of it. */
export function newRecoveryCodes(
  person: string,
  source: IdSource,
): { readonly codes: readonly string[]; readonly document: RecoveryCodes } {
  const codes = Array.from({ length: recoveryCodesCount }, () => newCode(source))
  return {
    codes: codes.map((code) => code.replace(/(.{4})(?=.)/g, '$1-')),
    document: { id: person, issuedAt: source.now(), codes: codes.map(tokenHash) },
  }
}

/** What is kept of a code as somebody typed it: without separators, in any case. */
export function codeHash(typed: string): string {
  const plain = typed.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1')
  return tokenHash(plain)
}

/** The set without the code that was used. */
export function withoutCode(before: RecoveryCodes, hash: string): RecoveryCodes {
  return { ...before, codes: before.codes.filter((it) => it !== hash) }
}

/** A sign-in with a code: it proves that somebody read a piece of paper. */
export function recoveryCodeAuthentication(now: number): Authentication {
  return {
    method: 'recovery-code',
    phishingResistant: false,
    observedAt: now,
    provenance: 'reported',
  }
}

function newCode({ randomBytes }: Pick<IdSource, 'randomBytes'>): string {
  // A byte's low five bits are uniform, because 256 is a multiple of 32.
  return Array.from(randomBytes(codeCharacters), (byte) => alphabet.charAt(byte & 31)).join('')
}
