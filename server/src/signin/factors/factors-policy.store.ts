// The factors policy in the store, and what follows from it for what gateways know of people.
import { factorsPolicy, type FactorsPolicy } from '@countersign/contract/factors'
import { type Kysely, sql } from 'kysely'
import { readDocument, readDocuments } from '#journal/documents.store'
import type { Draft } from '#journal/journal.store'
import { passkey, type Passkey } from '#signin/passkey'
import type { Database } from '#store/database'
import { isHardwareKey } from './attestation.ts'
import { factorsPolicyId, factorsPolicyKind, startingPolicy } from './factors-policy.ts'

/** The policy in force. */
export async function readFactorsPolicy(db: Kysely<Database>): Promise<FactorsPolicy> {
  const found = await readDocument(db, factorsPolicyKind, factorsPolicyId)
  if (!found) return startingPolicy
  return factorsPolicy.parse(
    Object.fromEntries(Object.entries(found).filter(([name]) => name !== 'id')),
  )
}

/** What gateways shall know of a person who has these passkeys. */
export function factorsDraft(
  person: string,
  passkeys: readonly Passkey[],
  policy: FactorsPolicy,
): Draft {
  const hardwareKey = passkeys.some((it) => isHardwareKey(it, policy))
  return {
    event: 'identity.factors.changed',
    kind: 'factors',
    id: person,
    after: hardwareKey ? { id: person, hardwareKey } : null,
  }
}

/** What changes for people when this policy comes into force. */
export async function factorsDrafts(
  db: Kysely<Database>,
  policy: FactorsPolicy,
): Promise<readonly Draft[]> {
  const { rows } = await sql<{ readonly body: unknown }>`
    select body from documents
    where kind = 'passkey' and body -> 'attestation' ->> 'trust' = 'certified'
  `.execute(db)
  const passkeysOf = new Map<string, Passkey[]>()
  for (const known of await readDocuments(db, 'factors')) {
    passkeysOf.set((known as { readonly id: string }).id, [])
  }
  for (const { body } of rows) {
    const found = passkey.parse(body)
    passkeysOf.set(found.person, [...(passkeysOf.get(found.person) ?? []), found])
  }
  return [...passkeysOf].map(([person, passkeys]) => factorsDraft(person, passkeys, policy))
}
