// The credential of a tunnel: a token for the console's host and for tunnels alone, in the header
// that is meant for the proxy and that no proxy passes on (RFC 9110 §11.7.2).
import { tokenHash, tokenPattern } from '@countersign/contract/session'
import type { RequestHead } from '#exchange'

/** The hash of the token that was presented; undefined where there is none, or no well-formed one. */
export function presentedToken({ headers }: Pick<RequestHead, 'headers'>): string | undefined {
  // RFC 9110 §11.1: the name of a scheme is the same in upper and lower case.
  const token = /^bearer ([\w-]+)$/i.exec(headers['proxy-authorization'] ?? '')?.[1]
  return token !== undefined && tokenPattern.test(token) ? tokenHash(token) : undefined
}
