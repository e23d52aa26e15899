// Providers and links as the store has them.
import { providerLink, type ProviderLink } from '@countersign/contract/api/federation'
import {
  identityProviderDraft,
  type IdentityProvider,
} from '@countersign/contract/identity-provider'
import { type Kysely, sql } from 'kysely'
import { readDocument, readDocuments } from '#journal/documents.store'
import type { Database } from '#store/database'
import { providerKind, providerLinkKind } from './provider.ts'

/** All providers, by id. */
export async function readProviders(db: Kysely<Database>): Promise<readonly IdentityProvider[]> {
  return (await readDocuments(db, providerKind)).map((it) => identityProviderDraft.parse(it))
}

/** The provider of this id, or undefined. */
export async function readProvider(
  db: Kysely<Database>,
  id: string,
): Promise<IdentityProvider | undefined> {
  const found = await readDocument(db, providerKind, id)
  return found && identityProviderDraft.parse(found)
}

/** The link of this id, or undefined. */
export async function readLink(
  db: Kysely<Database>,
  id: string,
): Promise<ProviderLink | undefined> {
  const found = await readDocument(db, providerLinkKind, id)
  return found && providerLink.parse(found)
}

/** The links of a provider, by id. */
export async function linksAt(
  db: Kysely<Database>,
  provider: string,
): Promise<readonly ProviderLink[]> {
  const { rows } = await sql<{ readonly body: unknown }>`
    select body from documents
    where kind = 'provider-link' and body ->> 'provider' = ${provider} order by id
  `.execute(db)
  return rows.map(({ body }) => providerLink.parse(body))
}

/** The links of a person. */
export async function linksOf(
  db: Kysely<Database>,
  person: string,
): Promise<readonly ProviderLink[]> {
  const { rows } = await sql<{ readonly body: unknown }>`
    select body from documents
    where kind = 'provider-link' and body ->> 'person' = ${person} order by id
  `.execute(db)
  return rows.map(({ body }) => providerLink.parse(body))
}

/** How many links each provider has. */
export async function countLinks(db: Kysely<Database>): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ readonly provider: string; readonly links: number | string }>`
    select body ->> 'provider' as provider, count(*) as links from documents
    where kind = 'provider-link' group by body ->> 'provider'
  `.execute(db)
  return new Map(rows.map(({ provider, links }) => [provider, Number(links)]))
}

/** A page of all links, by id. */
export async function pageOfLinks(
  db: Kysely<Database>,
  {
    search,
    after = '',
    limit,
  }: {
    readonly search?: string | undefined
    readonly after?: string | undefined
    readonly limit: number
  },
): Promise<{ items: ProviderLink[]; total: number; next?: string }> {
  const words = search?.toLowerCase() ?? ''
  const wanted = sql`
    kind = 'provider-link' and (${words} = ''
      or position(${words} in lower(body ->> 'person' || ' ' || (body ->> 'subject'))) > 0)`
  const { rows } = await sql<{ readonly body: unknown }>`
    select body from documents where ${wanted} and id > ${after} order by id limit ${limit + 1}
  `.execute(db)
  const counted = await sql<{ readonly total: number | string }>`
    select count(*) as total from documents where ${wanted}
  `.execute(db)
  const items = rows.slice(0, limit).map(({ body }) => providerLink.parse(body))
  const last = items.at(-1)
  return {
    items,
    total: Number(counted.rows[0]?.total ?? 0),
    ...(last && rows.length > limit ? { next: last.id } : {}),
  }
}

/** Who has ever signed in through which provider, as `provider person`. */
export async function signedInPairs(db: Kysely<Database>): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ readonly pair: string }>`
    select (body ->> 'provider') || ' ' || (body ->> 'person') as pair from documents
    where kind = 'provider-link' and body ? 'firstSignInAt'
  `.execute(db)
  return new Set(rows.map(({ pair }) => pair))
}
