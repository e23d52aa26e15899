// Who is signed in. The shell reads it once; pages take it from there.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { useSuspenseQuery } from '@tanstack/react-query'
import { reading } from './server.client.ts'

export type Me = RouteResult<typeof api.identity.me>

export const readingMe = reading(api.identity.me, {})

/** Whoever is signed in. Only inside the shell, which waits for it. */
export const useMe = (): Me => useSuspenseQuery(readingMe).data
