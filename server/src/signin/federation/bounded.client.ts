// What a provider publishes is fetched by its address, and whoever runs the provider chooses how
// much and how slowly. So an answer has a size and a deadline, no redirect is followed, and
// nothing leaves over a wire that others can read.
import { isPrivateUrl } from '@countersign/contract/private-url'

/** Largest answer of a provider, in bytes. */
const answerMaxBytes = 256 * 1024
/** A whole answer must have arrived by then, in milliseconds. */
export const answerTimeoutMs = 5_000

/** As `fetch`, with what the caller may set. */
export type BoundedFetch = (
  url: string,
  options?: {
    readonly method?: string
    readonly headers?: Record<string, string> | Headers
    readonly body?: RequestInit['body'] | undefined
    readonly signal?: AbortSignal | undefined
  },
) => Promise<Response>

/**
 * A fetch for one provider. A provider at https is spoken to over https alone, so that what it
 * publishes cannot turn us against a program on this machine.
 * @throws RangeError for an answer that is too large, TypeError for an address that may not be used.
 */
export function boundedFetch(issuer: string): BoundedFetch {
  const isLocal = issuer.startsWith('http:')
  return async (url, { method = 'GET', headers = {}, body = null, signal } = {}) => {
    if (!isPrivateUrl(url) || (!isLocal && !url.startsWith('https:'))) {
      throw new TypeError('an address of the provider is neither https nor on this machine')
    }
    const deadline = AbortSignal.timeout(answerTimeoutMs)
    const response = await fetch(url, {
      method,
      headers,
      ...(method === 'GET' ? {} : { body }),
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    })
    const parts: Uint8Array[] = []
    let bytes = 0
    for await (const part of response.body ?? []) {
      bytes += part.length
      if (bytes > answerMaxBytes) throw new RangeError('an answer of the provider is too large')
      parts.push(part)
    }
    const { status, headers: answered } = response
    const hasBody = status !== 204 && status !== 205 && status !== 304
    return new Response(hasBody ? Buffer.concat(parts) : null, { status, headers: answered })
  }
}
