// Cookies, codes, links and challenges are all the same thing: 32 random bytes that are told to
// one party once. What is kept of each is its SHA-256.
import { timingSafeEqual } from 'node:crypto'
import type { IdSource } from '@countersign/contract/ids'

const secretBytes = 32

/** A new secret in base64url, 43 characters. */
export function newSecret({ randomBytes }: Pick<IdSource, 'randomBytes'>): string {
  return Buffer.from(randomBytes(secretBytes)).toString('base64url')
}

/** Whether two texts are equal, in a time that does not depend on where they differ. */
export function isSame(left: string, right: string): boolean {
  const a = Buffer.from(left)
  const b = Buffer.from(right)
  return a.length === b.length && timingSafeEqual(a, b)
}
