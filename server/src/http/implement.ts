// How a module answers the routes that the contract declares. The declaration has the path, the
// permission and the schemas; an implementation only says what happens.
import type { Route, RouteEvent, RouteInput, RouteResult } from '@countersign/contract/route'
import type { Caller } from './caller.ts'

/** What an implementation may do to its answer besides giving the body. */
export interface Reply {
  /**
   * Sets a cookie for the whole host: `Secure`, `HttpOnly`, `SameSite=Lax`, `Path=/`.
   * `maxAgeSeconds` 0 deletes it.
   */
  cookie(name: string, value: string, maxAgeSeconds: number): void
  /** Names the journal position that includes this answer's effect. */
  sequence(position: number): void
  /** Answers 303 to this URL. The only answer of a route whose output is `redirect`. */
  redirect(url: string): void
  /** Answers a page of HTML under this `content-security-policy`; for routes whose output is `page`. */
  page(html: string, contentSecurityPolicy: string): void
}

export interface Exchange {
  readonly caller: Caller
  /** When the request arrived, in milliseconds since the epoch. */
  readonly now: number
  readonly reply: Reply
  /** Aborts when the caller goes away or the server stops. */
  readonly signal: AbortSignal
  /** The query exactly as it came, without `?`; some signatures are over it. */
  readonly rawQuery: string
  /** The value of a cookie; undefined where it is absent, or there more than once. */
  readonly cookie: (name: string) => string | undefined
  /** Every `DPoP` header of the request; nothing of them is checked. */
  readonly proofs: readonly string[]
  /** The id under which operators find this request in the log. */
  readonly requestId: string
}

/** What a route's implementation gives back, by the kind of its output. */
export type Outcome<R extends Route> = R['output']['kind'] extends 'json'
  ? RouteResult<R>
  : R['output']['kind'] extends 'events'
    ? AsyncIterable<RouteEvent<R>>
    : R['output']['kind'] extends 'text'
      ? string | AsyncIterable<string>
      : void

export interface Implementation {
  readonly route: Route
  /** Answers an input that the route's schemas accepted. */
  readonly answer: (input: RouteInput<Route>, exchange: Exchange) => Promise<unknown>
}

/** Binds a declared route to what answers it. */
export function implement<R extends Route>(
  route: R,
  answer: (input: RouteInput<R>, exchange: Exchange) => Promise<Outcome<R>>,
): Implementation {
  return { route, answer }
}
