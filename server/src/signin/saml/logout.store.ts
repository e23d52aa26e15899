// Finding the sessions that another party names.
import type { Kysely } from 'kysely'
import type { Database } from '#store/database'
import type { SignedOn } from '#signin/sign-ons.store'

/** Sign-ons that are looked at for one request. */
const signOnsMax = 1_000

type Tables = { readonly sign_ons: SignedOn }

/** Who is signed on to an application by SAML; only these sessions of it, where any are named. */
export async function signedOnAt(
  db: Kysely<Database>,
  application: string,
  sids: readonly string[],
): Promise<readonly Pick<SignedOn, 'session' | 'application' | 'protocol' | 'person'>[]> {
  const all = db
    .withTables<Tables>()
    .selectFrom('sign_ons')
    .select(['session', 'application', 'protocol', 'person'])
    .where('application', '=', application)
    .where('protocol', '=', 'saml')
    .orderBy('at', 'desc')
    .limit(signOnsMax)
  return (sids.length === 0 ? all : all.where('sid', 'in', sids)).execute()
}
