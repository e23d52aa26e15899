// What passes between the gateway and a proxy that asks it: the gateway answers in these words, and
// the generated configuration of the proxies is written in them.

/** The proxies for which there is an adapter and a generated configuration. */
export const proxies = ['nginx', 'caddy', 'traefik', 'haproxy', 'envoy'] as const
export type ProxyKind = (typeof proxies)[number]

/**
 * The header with which an enforcement point shows that it is one. `Authorization` belongs to the
 * client.
 */
export const secretHeader = 'countersign-proxy-secret'
/** At least 32 characters of base64url or hex, so that it stands in every configuration as it is. */
export const secretPattern: RegExp = /^[\w-]{32,128}$/

/** How nginx and HAProxy, which add nothing by themselves, tell the request as they received it. */
export const originalHeaders = {
  method: 'countersign-original-method',
  /** As on the request line, undecoded, with the query. */
  target: 'countersign-original-target',
  /** The `Host` header. */
  authority: 'countersign-original-authority',
  /** The host by which the proxy chose its route, where it may differ from the `Host` header. */
  routed: 'countersign-original-routed',
  /** The address of the client's connection. */
  address: 'countersign-original-address',
} as const

/** The header of an answer that says `allow`. A proxy that can, lets nothing pass without it. */
export const verdictHeader = 'countersign-verdict'
export const allowVerdict = 'allow'
/** The client's cookies without ours, for the request to the application. */
export const cookieHeader = 'countersign-cookie'
/** The client's `Authorization`, for the request to the application, unless it was for us. */
export const authorizationHeader = 'countersign-authorization'
/** Names the refusal that a proxy fetches which cannot pass it on from the check itself. */
export const answerHeader = 'countersign-answer'

/** Where a proxy of this kind asks about an application. */
export function checkPath(proxy: ProxyKind, application: string): string {
  return `/check/${proxy}/${encodeURIComponent(application)}`
}

/** Where a kept refusal is fetched. */
export const answerPath = '/answer'
