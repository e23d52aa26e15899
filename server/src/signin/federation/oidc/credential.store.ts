// What we show an OpenID provider, as the store has it.
import type { OidcProvider } from '@countersign/contract/identity-provider'
import type { Secret } from '@countersign/contract/secret'
import type { Kysely } from 'kysely'
import { readSecret } from '#signin/federation/provider-secrets.store'
import type { Database } from '#store/database'
import type { Credential } from './discovered.client.ts'

export const secretNames = { secret: 'client-secret', key: 'client-key' } as const

/** The credential, as far as it is there. */
export async function credentialOf(
  db: Kysely<Database>,
  masterKey: Secret<Uint8Array>,
  { id, oidc }: OidcProvider,
): Promise<Credential> {
  switch (oidc.clientAuthentication) {
    case 'none':
      return { kind: 'none' }
    case 'secret-basic':
    case 'secret-post': {
      const found = await readSecret(db, masterKey, { provider: id, name: secretNames.secret })
      return found ? { kind: 'secret', ...found } : { kind: 'none' }
    }
    case 'private-key': {
      const found = await readSecret(db, masterKey, { provider: id, name: secretNames.key })
      return found ? { kind: 'key', key: found.secret, setAt: found.setAt } : { kind: 'none' }
    }
  }
}
