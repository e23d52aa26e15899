// An API route is declared once. From the declaration follow the validation of what comes in and
// goes out, the permission check, the OpenAPI document, the typed client and the audit event.
import type { z } from 'zod'
import type { Permission } from './actions.ts'
import type { EventType } from './events.ts'
import type { ProblemCode } from './problems.ts'

/**
 * Who may call a route:
 * - an administrative action, or `connect` on Countersign itself, decided by the policy engine;
 * - `self`: anyone signed in, about themselves;
 * - `open`: anyone, before sign-in;
 * - `gateway`: an enrolled gateway with its own key.
 */
export type RoutePermission = Permission | 'connect' | 'self' | 'open' | 'gateway'

/**
 * What the answer's body is: JSON of a schema, a stream of events, text of a media type, or a page
 * of HTML with a policy of its own, in place of which a browser may be sent elsewhere.
 */
export type RouteOutput =
  | { readonly kind: 'json'; readonly schema: z.ZodType }
  | { readonly kind: 'events'; readonly event: z.ZodType }
  | { readonly kind: 'text'; readonly mediaType: string }
  | { readonly kind: 'page' }
  | { readonly kind: 'redirect' }

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Path with `:name` parameters, each declared in `params`. */
  readonly path: `/${string}`
  readonly permission: RoutePermission
  readonly summary: string
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** Largest body, in bytes; 64 KiB unless said. */
  readonly bodyMaxBytes?: number
  /**
   * `oauth`: the body is a form, the answer is not kept, and a refusal is what RFC 6749 §5.2 says.
   * `form`: the body is a form that a page of another site sends, because the protocol has it so;
   * what arrives proves itself, and no cookie counts.
   * Otherwise both are JSON, and a refusal is a problem (RFC 9457).
   */
  readonly dialect?: 'oauth' | 'form'
  readonly output: RouteOutput
  readonly problems: readonly ProblemCode[]
  /** The journal event a success leaves behind. */
  readonly event?: EventType
}

export const defaultBodyMaxBytes = 64 * 1024

/** Problems any route can answer with, besides its own. */
export const everyRouteProblems: readonly ProblemCode[] = [
  'request.malformed',
  'request.too_large',
  'server.store_unavailable',
  'server.unexpected',
]

/** Declares a route and keeps its exact type. */
export function defineRoute<const R extends Route>(route: R): R {
  return route
}

export const json = <S extends z.ZodType>(
  schema: S,
): { readonly kind: 'json'; readonly schema: S } => ({ kind: 'json', schema })
export const eventsOf = <S extends z.ZodType>(
  event: S,
): { readonly kind: 'events'; readonly event: S } => ({ kind: 'events', event })
export const text = (mediaType: string): { readonly kind: 'text'; readonly mediaType: string } => ({
  kind: 'text',
  mediaType,
})
export const page: { readonly kind: 'page' } = { kind: 'page' }
export const redirect: { readonly kind: 'redirect' } = { kind: 'redirect' }

type Output<S> = S extends z.ZodType ? z.output<S> : undefined
type Input<S> = S extends z.ZodType ? z.input<S> : undefined

/** What a route's implementation receives, after validation. */
export interface RouteInput<R extends Route> {
  readonly params: Output<R['params']>
  readonly query: Output<R['query']>
  readonly body: Output<R['body']>
}

/** What a caller of the typed client gives: only the members the route declares. */
export type RouteArguments<R extends Route> = Members<'params', R['params']> &
  Members<'query', R['query']> &
  Members<'body', R['body']>

type Members<K extends string, S> = S extends z.ZodType ? { readonly [P in K]: Input<S> } : unknown

/** What a JSON route answers. */
export type RouteResult<R extends Route> = R['output'] extends {
  readonly kind: 'json'
  readonly schema: infer S extends z.ZodType
}
  ? z.output<S>
  : never
/** What an event stream carries. */
export type RouteEvent<R extends Route> = R['output'] extends {
  readonly kind: 'events'
  readonly event: infer S extends z.ZodType
}
  ? z.output<S>
  : never
