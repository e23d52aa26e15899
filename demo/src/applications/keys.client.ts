// The gateway's public keys, as it publishes them. They are kept, fetched again when an assertion
// names a key we do not have, and not more often than that deserves.
import { createPublicKey, type KeyObject } from 'node:crypto'
import { jwksPath } from '@countersign/contract/session'
import { request } from 'undici'

export interface GatewayKeys {
  readonly keyOf: (keyId: string) => KeyObject | undefined
  /** Fetches the keys again, unless that happened a moment ago. Never rejects. */
  readonly refresh: () => Promise<void>
}

const keysMaxCount = 16
const refreshEveryMs = 2_000
const fetchTimeoutMs = 3_000

/**
 * The keys of the gateway at `gatewayUrl`.
 * @param host a host name the gateway serves; it answers for hosts that it knows only
 */
export function gatewayKeys(gatewayUrl: string, host: string, clock: () => number): GatewayKeys {
  let keys: ReadonlyMap<string, KeyObject> = new Map()
  let fetchedAt = Number.NEGATIVE_INFINITY
  let fetching: Promise<void> | undefined
  const fetchKeys = async (): Promise<void> => {
    fetchedAt = clock()
    try {
      const { statusCode, body } = await request(`${gatewayUrl}${jwksPath}`, {
        headers: { host: `${host}:${new URL(gatewayUrl).port}` },
        headersTimeout: fetchTimeoutMs,
        bodyTimeout: fetchTimeoutMs,
      })
      const answer: unknown = await body.json()
      if (statusCode !== 200) return
      keys = readKeys(answer)
    } catch {
      // The gateway may be restarting. What we have stays good; what we lack is refused.
    }
  }
  return {
    keyOf: (keyId) => keys.get(keyId),
    async refresh() {
      if (clock() - fetchedAt >= refreshEveryMs) {
        fetching = fetchKeys().finally(() => {
          fetching = undefined
        })
      }
      await fetching
    },
  }
}

/**
 * The Ed25519 keys of a JSON Web Key Set (RFC 7517 §5, RFC 8037 §2). Keys of other kinds are left
 * alone, as §5 asks. Throws on what is no key set.
 */
function readKeys(answer: unknown): ReadonlyMap<string, KeyObject> {
  const { keys } = membersOf(answer)
  if (!Array.isArray(keys) || keys.length > keysMaxCount) throw new TypeError('not a key set')
  return new Map(
    keys.flatMap((item: unknown): [string, KeyObject][] => {
      const { kty, crv, x, kid } = membersOf(item)
      if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || typeof kid !== 'string') {
        return []
      }
      return [[kid, createPublicKey({ key: { kty, crv, x }, format: 'jwk' })]]
    }),
  )
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
