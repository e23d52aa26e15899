// Releases stay: a decision made long ago is explained with the policies that made it.
import { type Kysely, sql } from 'kysely'
import type { Database } from '#store/database'

export interface PolicyText {
  readonly id: string
  readonly text: string
  readonly annotations: Record<string, string>
}

/** The named policies of a release, in its order; empty where the release is unknown. */
export async function readReleasePolicies(
  db: Kysely<Database>,
  release: string,
  policies: ReadonlySet<string>,
): Promise<readonly PolicyText[]> {
  const { rows } = await sql<PolicyText>`
    select p.policy ->> 'id' as id, p.policy ->> 'text' as text,
           coalesce(p.policy -> 'annotations', '{}') as annotations
    from documents d, jsonb_array_elements(d.body -> 'policies') with ordinality as p(policy, place)
    where d.kind = 'release' and d.id = ${release}
      and p.policy ->> 'id' = any(${[...policies]}::text[])
    order by p.place`.execute(db)
  return rows
}
