// The SAML keyring as the store has it: sealed under the master key, beside the key of the feed.
import { CompactEncrypt, compactDecrypt, exportPKCS8, generateKeyPair } from 'jose'
import type { Secret } from '@countersign/contract/secret'
import type { Kysely } from 'kysely'
import type { SigninDependencies } from '#http/dependencies'
import type { Database } from '#store/database'
import { StoreFault } from '#store/fault'
import { selfSigned } from './certificate.ts'
import { type HeldKey, samlKeyring, type SamlKeyring } from './keys.ts'

const keyName = 'saml'
const modulusBits = 3_072

export interface KeyMeans {
  readonly masterKey: Secret<Uint8Array>
  readonly randomBytes: (count: number) => Uint8Array
  /** Milliseconds since the epoch. */
  readonly now: number
  /** What people see in a list of certificates. */
  readonly name: string
}

/** The keyring of this installation. */
export function keysOf(
  db: Kysely<Database>,
  { masterKey, randomBytes, settings }: SigninDependencies,
  now: number,
): Promise<SamlKeyring> {
  return readKeyring(db, meansOf({ masterKey, randomBytes, settings }, now))
}

/** What making and opening keys takes. */
export function meansOf(
  {
    masterKey,
    randomBytes,
    settings,
  }: Pick<SigninDependencies, 'masterKey' | 'randomBytes' | 'settings'>,
  now: number,
): KeyMeans {
  return { masterKey, randomBytes, now, name: `SAML of ${settings.publicUrl.hostname}` }
}

/**
 * The keyring; made when it is first needed.
 * @throws StoreFault where the master key is not the one that sealed it.
 */
async function readKeyring(db: Kysely<Database>, means: KeyMeans): Promise<SamlKeyring> {
  const kept = await read(db)
  if (kept !== undefined) return open(kept, means)
  const made: SamlKeyring = {
    pairwise: Buffer.from(means.randomBytes(32)).toString('base64'),
    keys: [await newKey(means)],
  }
  await db
    .insertInto('keys')
    .values({ name: keyName, sealed: await seal(made, means), created_at: means.now })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  // Of two servers that need it at once, both use what the first made.
  const settled = await read(db)
  return settled === undefined ? made : open(settled, means)
}

/** Puts a keyring in the place of the one before. */
export async function writeKeyring(
  db: Kysely<Database>,
  keyring: SamlKeyring,
  means: KeyMeans,
): Promise<void> {
  await db
    .updateTable('keys')
    .set({ sealed: await seal(keyring, means) })
    .where('name', '=', keyName)
    .execute()
}

/** A new key that signs, with its certificate. */
export async function newKey({ randomBytes, now, name }: KeyMeans): Promise<HeldKey> {
  const { privateKey: made } = await generateKeyPair('RS256', {
    modulusLength: modulusBits,
    extractable: true,
  })
  const privateKey = await exportPKCS8(made)
  const serial = randomBytes(15)
  return {
    id: Buffer.from(serial).toString('hex'),
    state: 'current',
    privateKey,
    certificate: selfSigned({ privateKey, name, serial, now }),
    createdAt: now,
  }
}

async function read(db: Kysely<Database>): Promise<string | undefined> {
  const row = await db
    .selectFrom('keys')
    .select('sealed')
    .where('name', '=', keyName)
    .executeTakeFirst()
  return row?.sealed
}

function seal(keyring: SamlKeyring, { masterKey }: KeyMeans): Promise<string> {
  return new CompactEncrypt(Buffer.from(JSON.stringify(keyring)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: keyName })
    .encrypt(masterKey.reveal())
}

async function open(sealed: string, { masterKey }: KeyMeans): Promise<SamlKeyring> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, masterKey.reveal(), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    if (protectedHeader.kid === keyName) {
      return samlKeyring.parse(JSON.parse(Buffer.from(plaintext).toString()))
    }
  } catch {
    // Not shown: what fails to open may be a secret.
  }
  throw new StoreFault(
    'the master key does not open the keys of this store: restore the `master.key` that belongs to it',
  )
}
