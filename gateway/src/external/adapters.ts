// One adapter for each proxy: it reads the proxy's question as the request that the client sent,
// and writes our answer so that the proxy does with it what is meant. It decides nothing.
import type { ProxyKind } from '@countersign/contract/external'
import type { RequestHead } from '#exchange'
import type { Reply } from '#reply'
import { caddy } from './caddy.ts'
import { envoyHttp } from './envoy-http.ts'
import { haproxy } from './haproxy.ts'
import { nginx } from './nginx.ts'
import type { Told } from './told.ts'
import { traefik } from './traefik.ts'

export interface Adapter {
  /** The original request. `rest` is what follows the route in the address that was asked. */
  readonly read: (request: RequestHead, rest: string) => Told
  /** What the proxy gets, so that its client gets `reply` or passes; `keep` gives an id for it. */
  readonly write: (reply: Reply, keep: (reply: Reply) => string) => Reply
  /** Whether the proxy takes off the headers that an allow names. */
  readonly removes: boolean
}

export const adapters: Readonly<Record<ProxyKind, Adapter>> = {
  nginx,
  caddy,
  traefik,
  haproxy,
  envoy: envoyHttp,
}
