// The keys of the trust domains whose tokens count here, as their authority publishes them: a map
// from the name of each to its bundle. The file is read again when it changes; one that cannot be
// used changes nothing but the log.
import { readFileSync } from 'node:fs'
import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose'
import type { Logger } from 'pino'
import { StartFault } from '#start-fault'

export interface TrustDomains {
  readonly has: (name: string) => boolean
  /** The keys that sign tokens of a trust domain; undefined where it is not known. */
  readonly keysOf: (name: string) => JWTVerifyGetKey | undefined
}

export interface TrustDomainsOptions {
  /** Empty for no trust domain at all. */
  readonly path: string
  readonly now: () => number
  /** How long a file that was read counts before it is read again. */
  readonly rereadAfterMs: number
  readonly log: Pick<Logger, 'info' | 'error'>
}

const fileMaxCharacters = 1024 * 1024

/** Reads the file. Throws `StartFault`. */
export function trustDomains({ path, now, rereadAfterMs, log }: TrustDomainsOptions): TrustDomains {
  if (path === '') return { has: () => false, keysOf: () => undefined }
  let text = read(path)
  let known = parse(text, path)
  let readAt = now()
  const current = (): Known => {
    if (now() - readAt < rereadAfterMs) return known
    readAt = now()
    try {
      const next = read(path)
      if (next === text) return known
      known = parse(next, path)
      text = next
      log.info({ trustDomains: known.size }, 'new keys of trust domains are in use')
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      log.error({ err: why }, 'the keys of trust domains cannot be read, so the old ones stay')
    }
    return known
  }
  return { has: (name) => current().has(name), keysOf: (name) => current().get(name) }
}

type Known = ReadonlyMap<string, JWTVerifyGetKey>

function read(path: string): string {
  try {
    const text = readFileSync(path, 'utf8')
    if (text.length <= fileMaxCharacters) return text
  } catch (error) {
    throw fault(path, error instanceof Error ? error.message : String(error))
  }
  throw fault(path, `it is longer than ${fileMaxCharacters} characters`)
}

function parse(text: string, path: string): Known {
  const { trust_domains: domains } = Object(json(text, path)) as {
    readonly trust_domains?: unknown
  }
  const known = new Map<string, JWTVerifyGetKey>()
  for (const [name, bundle] of Object.entries(Object(domains) as object)) {
    if (!/^[a-z0-9._-]{1,255}$/.test(name)) throw fault(path, `\`${name}\` is no trust domain`)
    const { keys } = Object(bundle) as { readonly keys?: unknown }
    if (!Array.isArray(keys)) throw fault(path, `\`${name}\` has no \`keys\``)
    const signing = keys.flatMap((key) => signingKey(key, name, path))
    known.set(name, keySet(signing))
  }
  if (known.size === 0) throw fault(path, 'it names nothing in `trust_domains`')
  return known
}

function json(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw fault(path, 'it is not JSON')
  }
}

interface SigningKey {
  readonly [member: string]: string
}

// SPIFFE Trust Domain and Bundle §4.2: keys for certificates lie in the same set, each with its use.
function signingKey(key: unknown, name: string, path: string): readonly SigningKey[] {
  const members = Object(key) as Readonly<Record<string, unknown>>
  if (members['use'] !== 'jwt-svid') return []
  const { kid, kty } = members
  if (typeof kid !== 'string' || kid === '')
    throw fault(path, `a key of \`${name}\` has no \`kid\``)
  const parts = partsOf[String(kty)]
  if (!parts || 'd' in members) {
    throw fault(path, `the key \`${kid}\` of \`${name}\` is not a public EC or RSA key`)
  }
  const taken = parts.flatMap((part) => {
    const value = members[part]
    return typeof value === 'string' ? [[part, value]] : []
  })
  if (taken.length !== parts.length) {
    throw fault(path, `the key \`${kid}\` of \`${name}\` is not whole`)
  }
  return [{ kid, use: 'sig', ...Object.fromEntries(taken) }]
}

const partsOf: Readonly<Record<string, readonly string[]>> = {
  EC: ['kty', 'crv', 'x', 'y'],
  RSA: ['kty', 'n', 'e'],
}

// A token that does not name its key is not tried with all of them.
function keySet(keys: readonly SigningKey[]): JWTVerifyGetKey {
  const set = createLocalJWKSet({ keys: keys.map(({ kty = '', ...key }) => ({ kty, ...key })) })
  return (header, token) => set({ ...header, kid: header.kid ?? '' }, token)
}

function fault(path: string, why: string): StartFault {
  return new StartFault(
    `\`${path}\` cannot be used for COUNTERSIGN_GATEWAY_TRUST_DOMAINS: ${why}; export it from the authority again`,
  )
}
