// The provider's keys: those that sign, and one that it uses for itself. Each is sealed under the
// master key. Of two servers that make a key at once, both use the first.
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Kysely } from 'kysely'
import type { IdSource } from '@countersign/contract/ids'
import { Secret } from '@countersign/contract/secret'
import { openKey, sealKey } from '#feed/keys.store'
import type { Database } from '#store/database'
import { newSecret } from '#signin/secrets'
import { generationsAt, type SigningAlgorithm, signingAlgorithms, signingKeyName } from './keys.ts'

export interface ProviderKeys {
  /** Private keys, those that sign first. */
  readonly signing: Secret<readonly JWK[]>
  /** For cookies, and for names that nobody else can make. */
  readonly own: Secret
  /** Changes when the keys do. */
  readonly version: string
}

const ownKeyName = 'openid-own'

/** The keys of this moment, made where they are missing. */
export async function providerKeys(
  db: Kysely<Database>,
  masterKey: Secret<Uint8Array>,
  source: IdSource,
): Promise<ProviderKeys> {
  const { signing, next, previous } = generationsAt(source.now())
  const names = (generation: number | undefined) =>
    generation === undefined
      ? []
      : signingAlgorithms.map((algorithm) => ({
          algorithm,
          name: signingKeyName(algorithm, generation),
        }))
  const kept: { readonly name: string; readonly jwk: JWK }[] = []
  for (const { algorithm, name } of [...names(signing), ...names(next)]) {
    const make = () => newSigningKey(algorithm)
    kept.push({ name, jwk: await keptKey(db, { name, make, masterKey, now: source.now() }) })
  }
  for (const { name } of names(previous)) {
    const jwk = await readKey(db, name, masterKey)
    if (jwk) kept.push({ name, jwk })
  }
  const own = await keptKey(db, {
    name: ownKeyName,
    make: async () => ({ kty: 'oct', k: newSecret(source) }),
    masterKey,
    now: source.now(),
  })
  const published = kept.map(({ name, jwk }) => ({ ...jwk, kid: name, use: 'sig' }))
  return {
    signing: new Secret(published),
    own: new Secret(own.k ?? ''),
    version: kept.map(({ name }) => name).join(' '),
  }
}

interface KeyToKeep {
  readonly name: string
  readonly make: () => Promise<JWK>
  readonly masterKey: Secret<Uint8Array>
  readonly now: number
}

async function keptKey(db: Kysely<Database>, { name, make, masterKey, now }: KeyToKeep) {
  const found = await readKey(db, name, masterKey)
  if (found) return found
  const made = await make()
  const sealed = await sealKey(name, made, masterKey)
  await db
    .insertInto('keys')
    .values({ name, sealed, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return (await readKey(db, name, masterKey)) ?? made
}

async function readKey(
  db: Kysely<Database>,
  name: string,
  masterKey: Secret<Uint8Array>,
): Promise<JWK | undefined> {
  const row = await db
    .selectFrom('keys')
    .select('sealed')
    .where('name', '=', name)
    .executeTakeFirst()
  return row && (await openKey(name, row.sealed, masterKey))
}

async function newSigningKey(algorithm: SigningAlgorithm): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: algorithm }
}
