// How an enforcement point shows that it is one. Compared by digest, so that neither the time taken
// nor the length tells anything about the secret.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Secret } from '@countersign/contract/secret'

/** A judge of presented secrets. Nothing is right where nothing was presented. */
export function judgeOf(secret: Secret): (presented: string | undefined) => boolean {
  const expected = digest(secret.reveal())
  return (presented) =>
    presented !== undefined && presented !== '' && timingSafeEqual(digest(presented), expected)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
