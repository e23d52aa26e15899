// The key that signs the feed. It is made once; gateways pin its public half when they enrol.
import {
  CompactEncrypt,
  compactDecrypt,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
} from 'jose'
import type { Kysely } from 'kysely'
import { publicKey, type PublicKey } from '@countersign/contract/api/networks'
import type { Secret } from '@countersign/contract/secret'
import type { Database } from '#store/database'
import { StoreFault } from '#store/fault'

export interface SigningKey {
  readonly privateKey: CryptoKey
  readonly publicKey: PublicKey
}

const feedKeyName = 'feed'

/** Whether the store has keys that only its master key opens. */
export async function hasSealedKeys(db: Kysely<Database>): Promise<boolean> {
  return (await db.selectFrom('keys').select('name').limit(1).executeTakeFirst()) !== undefined
}

/**
 * The key that signs the feed, made at the first start.
 * @throws StoreFault where the master key is not the one that sealed it.
 */
export async function feedKey(
  db: Kysely<Database>,
  masterKey: Secret<Uint8Array>,
  now: number,
): Promise<SigningKey> {
  const stored = await read(db)
  if (stored !== undefined) return open(stored, masterKey)
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const sealed = await sealKey(feedKeyName, await exportJWK(privateKey), masterKey)
  // Of two servers that start at once, both use the key of the first.
  await db
    .insertInto('keys')
    .values({ name: feedKeyName, sealed, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return open((await read(db)) ?? sealed, masterKey)
}

async function read(db: Kysely<Database>): Promise<string | undefined> {
  const row = await db
    .selectFrom('keys')
    .select('sealed')
    .where('name', '=', feedKeyName)
    .executeTakeFirst()
  return row?.sealed
}

/** A key as it is kept: under the master key, for this name alone. */
export function sealKey(name: string, jwk: object, masterKey: Secret<Uint8Array>): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(jwk)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: name })
    .encrypt(masterKey.reveal())
}

/**
 * The key that was sealed under this name.
 * @throws StoreFault where the master key is not the one that sealed it.
 */
export async function openKey(
  name: string,
  sealed: string,
  masterKey: Secret<Uint8Array>,
): Promise<object> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, masterKey.reveal(), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    if (protectedHeader.kid !== name) throw new TypeError('sealed for another use')
    return JSON.parse(new TextDecoder().decode(plaintext)) as object
  } catch {
    throw new StoreFault(
      'the master key does not open the keys of this store: restore the `master.key` that belongs to it',
    )
  }
}

async function open(sealed: string, masterKey: Secret<Uint8Array>): Promise<SigningKey> {
  const jwk = await openKey(feedKeyName, sealed, masterKey)
  const { kty, crv, x, d } = jwk as Readonly<Record<string, string>>
  const key = await importJWK({ kty: kty ?? '', crv: crv ?? '', x: x ?? '', d: d ?? '' }, 'EdDSA')
  if (key instanceof Uint8Array) throw new TypeError('the feed key is symmetric')
  return { privateKey: key, publicKey: publicKey.parse({ kty, crv, x }) }
}
