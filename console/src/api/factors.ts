// What I sign in with. Pages that change any of it read it again afterwards.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { readingMe } from './me.ts'
import { queries, reading } from './server.client.ts'

export type MyFactors = RouteResult<typeof api.identity.myFactors>

export const readingMyFactors = reading(api.identity.myFactors, {})

/** Reads again what a change of my factors may have changed. */
export async function factorsChanged(): Promise<void> {
  await Promise.all([
    queries.invalidateQueries({ queryKey: readingMyFactors.queryKey }),
    queries.invalidateQueries({ queryKey: readingMe.queryKey }),
  ])
}
