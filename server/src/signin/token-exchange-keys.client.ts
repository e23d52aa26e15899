// The keys of an issuer: those that were given, or those that it publishes, fetched when a token
// names a key that is not known yet, and not more often than is decent.
import { problem } from '@countersign/contract/problems'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from 'jose'
import type { TokenIssuer } from './token-exchange-issuers.file.ts'

const keysMaxBytes = 256 * 1024
const fetchTimeoutMs = 5_000
/** Keys count for this long before they are fetched again. */
const keysMaxAgeMs = 10 * 60_000
/** Unknown keys are asked for no more often than this. */
const cooldownMs = 30_000

/** Finds the key that a token names. Rejects with `signin.issuer_unreachable` where nobody can say. */
export function keysOf({ keys, keysUrl }: TokenIssuer): JWTVerifyGetKey {
  const set: JWTVerifyGetKey =
    keysUrl === undefined
      ? createLocalJWKSet({ keys: keys?.keys ?? [] })
      : createRemoteJWKSet(new URL(keysUrl), {
          timeoutDuration: fetchTimeoutMs,
          cooldownDuration: cooldownMs,
          cacheMaxAge: keysMaxAgeMs,
          [customFetch]: boundedFetch,
        })
  return async (header, token) => {
    // A token that does not name its key is not tried with all of them.
    if (typeof header.kid !== 'string' || header.kid === '') throw new errors.JWKSNoMatchingKey()
    try {
      return await set(header, token)
    } catch (error) {
      if (isAnswer(error)) throw error
      throw Object.assign(problem('signin.issuer_unreachable'), { cause: error })
    }
  }
}

// The issuer was heard, and it does not know the key.
function isAnswer(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}

const boundedFetch: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options)
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > keysMaxBytes) throw new RangeError('the issuer publishes more than keys')
    parts.push(part)
  }
  const { status, headers } = response
  return new Response(status === 200 ? Buffer.concat(parts) : null, { status, headers })
}
