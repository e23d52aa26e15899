// Everything that goes into a proxy's configuration, checked. What is written into another program's
// language must fit the grammar of its place there, or else a name could become a directive: so a
// value that does not fit is refused, and nothing is escaped in the hope that it holds.
import { ownApplication } from '../actions.ts'
import type { Application } from '../documents.ts'
import { secretPattern } from '../external.ts'

/** Where something listens: a name or IPv4 address, or an IPv6 address in brackets, and a port. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

export interface Upstream extends Endpoint {
  readonly secure: boolean
}

/** One application as a proxy serves it. */
export interface Site {
  /** Made of letters, digits and `_` alone, for names that the proxy's language needs. */
  readonly name: string
  /** The application's id. */
  readonly id: string
  readonly hosts: readonly string[]
  readonly upstream: Upstream
  /** The plain headers with which it wants to learn who is there, in lower case. */
  readonly identity: readonly string[]
}

export interface Certificate {
  /** Absolute path of the certificate and its chain, in PEM. */
  readonly certificate: string
  /** Absolute path of the private key, in PEM. */
  readonly key: string
}

export interface Plan {
  readonly sites: readonly Site[]
  /** Hosts of the console: all their requests go to the gateway itself. */
  readonly consoleHosts: readonly string[]
  /** Where clients reach the proxy. Without a host, on every address. */
  readonly listen: { readonly host: string | undefined; readonly port: number }
  readonly tls: Certificate | undefined
  /** The gateway's ordinary listener. */
  readonly gateway: Endpoint
  /** The gateway's listener for proxies. */
  readonly external: Endpoint
  readonly secret: string
}

/** A value that cannot be written into a configuration. */
export class PlanFault extends Error {
  override readonly name = 'PlanFault'
  /** What to do about it. */
  readonly remedy: string

  constructor(message: string, remedy: string) {
    super(message)
    this.remedy = remedy
  }
}

/** The values as they were given, unchecked. */
export interface Given {
  readonly applications: readonly Application[]
  readonly listen: string
  readonly certificate: string | undefined
  readonly key: string | undefined
  readonly gateway: string
  readonly external: string
  readonly secret: string
}

/** The checked plan. @throws `PlanFault` naming the value that does not fit. */
export function planOf(given: Given): Plan {
  if (!secretPattern.test(given.secret)) {
    throw new PlanFault(
      'the secret is not made of 32 to 128 letters, digits, `-` and `_`',
      'make one with `openssl rand -hex 32` and give the gateway the same',
    )
  }
  const sites = given.applications
    .filter(({ id, hosts }) => id !== ownApplication && hosts.length > 0)
    .map(siteOf)
  if (sites.length === 0) {
    throw new PlanFault(
      'there is no application with a host name and an address',
      'import one, or choose another with `--application`',
    )
  }
  return {
    sites,
    consoleHosts: given.applications
      .filter(({ id }) => id === ownApplication)
      .flatMap(({ id, hosts }) => hosts.map((host) => hostOf(host, id))),
    listen: listenOf(given.listen),
    tls: certificateOf(given.certificate, given.key),
    gateway: endpointOf('--gateway', given.gateway),
    external: endpointOf('--external', given.external),
    secret: given.secret,
  }
}

/** `host:port` */
export function authorityOf({ host, port }: Endpoint): string {
  return `${host}:${port}`
}

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const hostName = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`)
const ipv6 = /^\[[0-9a-f:]{2,39}\]$/
const headerName = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/
const applicationId = /^[\w.@:+/=~-]{1,128}$/
/** A path that means itself in every configuration language: no space, quote, brace or `$`. */
export const plainPath: RegExp = /^\/[\w./@+-]{1,1024}$/

function siteOf(application: Application, index: number): Site {
  const { id, hosts, upstream } = application
  if (!applicationId.test(id)) {
    throw unfit(id, 'its id', 'use letters, digits and . @ : + / = ~ _ -')
  }
  if (upstream === undefined) {
    throw unfit(
      id,
      'its address',
      'import it with `upstream`, or choose others with `--application`',
    )
  }
  return {
    name: `countersign_${index + 1}`,
    id,
    hosts: hosts.map((host) => hostOf(host, id)),
    upstream: upstreamOf(upstream, id),
    identity: identityOf(application),
  }
}

// What only the gateway can do for an application must not be forgotten on the way to another proxy.
function identityOf(application: Application) {
  const { id, upstreamCredential, upstreamIdentity, upstreamPath, upstreamTrust } = application
  if (upstreamCredential !== undefined) {
    throw unfit(
      id,
      'the credential with which it is signed in to',
      'serve it with the gateway itself, or choose others with `--application`',
    )
  }
  if (upstreamPath !== undefined || upstreamTrust !== undefined) {
    throw unfit(
      id,
      upstreamPath === undefined ? 'what it asks of certificates' : 'its rewritten paths',
      'serve it with the gateway itself, or choose others with `--application`',
    )
  }
  const names = Object.values(upstreamIdentity?.headers ?? {}).filter((it) => it !== undefined)
  for (const name of names) {
    if (!headerName.test(name)) throw unfit(id, 'a header name', 'use letters, digits and `-`')
  }
  return names
}

function hostOf(host: string, application: string): string {
  if (hostName.test(host)) return host
  throw unfit(application, 'one of its host names', 'use lower-case letters, digits, `-` and `.`')
}

function upstreamOf(text: string, application: string): Upstream {
  const remedy = 'use `http://host:port` or `https://host:port`, with nothing behind it'
  const url = URL.parse(text)
  // What a URL parser repairs, another program reads differently, so only what needs no repair fits.
  const [, scheme, host, port] =
    /^(https?):\/\/([a-z0-9.-]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?\/?$/.exec(text) ?? []
  if (url === null || scheme === undefined || host === undefined || !isHost(host)) {
    throw unfit(application, 'its address', remedy)
  }
  const secure = scheme === 'https'
  const number = port === undefined ? (secure ? 443 : 80) : Number(port)
  if (number < 1 || number > 65_535) throw unfit(application, 'the port of its address', remedy)
  return { secure, host, port: number }
}

function isHost(host: string): boolean {
  return hostName.test(host) || ipv6.test(host)
}

function endpointOf(option: string, text: string): Endpoint {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? []
  if (host === undefined || !isHost(host) || !isPort(port)) {
    throw new PlanFault(`\`${option}\` is not \`host:port\``, 'use such as `127.0.0.1:7403`')
  }
  return { host, port: Number(port) }
}

function listenOf(text: string): Plan['listen'] {
  const [, host, port] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? []
  if ((host !== undefined && !isHost(host)) || !isPort(port)) {
    throw new PlanFault(
      '`--listen` is neither a port nor `host:port`',
      'use such as `443` or `127.0.0.1:8080`',
    )
  }
  return { host, port: Number(port) }
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && Number(text) >= 1 && Number(text) <= 65_535
}

function certificateOf(certificate: string | undefined, key: string | undefined) {
  if (certificate === undefined && key === undefined) return undefined
  if (certificate === undefined || key === undefined) {
    throw new PlanFault(
      'a certificate needs its key',
      'give both `--certificate` and `--key`, or neither',
    )
  }
  for (const path of [certificate, key]) {
    if (plainPath.test(path)) continue
    throw new PlanFault(
      'a path of the certificate or key does not fit into a configuration',
      'use an absolute path of letters, digits and . / @ + _ -',
    )
  }
  return { certificate, key }
}

// The value itself is not shown: it may hold control characters, and the id says where to look.
function unfit(application: string, what: string, remedy: string): PlanFault {
  return new PlanFault(
    `the application \`${application.replace(/[^\w.@:+/=~-]/g, '?').slice(0, 128)}\` does not fit into a configuration: ${what}`,
    remedy,
  )
}
