// Identity providers elsewhere, as the pages about them list them.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { client, queries } from './server.client.ts'

export type Provider = RouteResult<typeof api.identity.providers>['providers'][number] & {
  readonly id: string
  readonly name: string
}

/** The title of their list, by which it is kept. */
export const providersTitle = 'Identity providers'

/** Those that have `search` in their name or id; there are few, so the server gives them all. */
export async function readProviders(search: string, signal: AbortSignal) {
  const wanted = search.toLowerCase()
  const { providers } = await client.call(api.identity.providers, {}, { signal })
  const items = providers
    .map((it): Provider => ({ ...it, id: it.provider.id, name: it.provider.name }))
    .filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(wanted))
  return { items, total: items.length }
}

/** Reads the list again after a change. */
export const providersChanged = () =>
  queries.invalidateQueries({ queryKey: ['list', providersTitle] })
