// A session is carried to another host by a code that works once, for a minute, for that host,
// and only in the browser that asked: the gateway there set a cookie before it sent the visitor
// to us, and the code is bound to the cookie's hash. A code that leaks is worth nothing alone.
import type { IdSource } from '@countersign/contract/ids'
import {
  callbackPath,
  callbackReturn,
  handoffMaxAgeMs,
  tokenHash,
} from '@countersign/contract/session'
import type { ReturnAddress } from './returning.ts'
import { isSame, newSecret } from './secrets.ts'

/** What is kept of a code. */
export interface Handoff {
  /** SHA-256 of the code, in hex. */
  readonly id: string
  readonly session: string
  readonly host: string
  /** SHA-256 of the flow cookie, in base64url. */
  readonly flow: string
  /** A path with its query. */
  readonly returnTo: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** A new code, what to keep of it, and the URL that takes it to its host. */
export function newHandoff(
  {
    session,
    address,
    flow,
  }: { readonly session: string; readonly address: ReturnAddress; readonly flow: string },
  source: IdSource,
): { readonly handoff: Handoff; readonly url: string } {
  const code = newSecret(source)
  // The path stands there for a tab that comes when another one has finished: it needs no code.
  const query = new URLSearchParams({ code, [callbackReturn]: address.path })
  return {
    handoff: {
      id: tokenHash(code),
      session,
      host: address.host,
      flow,
      returnTo: address.path,
      expiresAt: source.now() + handoffMaxAgeMs,
    },
    url: `${address.origin}${callbackPath}?${query.toString()}`,
  }
}

/** Whether the code may be redeemed at this host, in the browser of this flow, now. */
export function isRedeemable(
  handoff: Handoff,
  { host, flow }: Pick<Handoff, 'host' | 'flow'>,
  now: number,
): boolean {
  const isHere = isSame(handoff.host, host)
  const isTheirs = isSame(handoff.flow, flow)
  return isHere && isTheirs && handoff.expiresAt > now
}
