// Reading a list page by page. Pages already read stay, so going back is instant and the place in
// the list is known.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'

const pageItems = 50

interface PageOf<T> {
  readonly items: readonly T[]
  readonly total: number
  readonly next?: string | undefined
}

interface PageQuery {
  readonly search?: string
  readonly after?: string
  readonly limit: number
}

export type ReadPage<T> = (query: PageQuery, signal: AbortSignal) => Promise<PageOf<T>>

export interface Pages<T> {
  readonly items: readonly T[]
  /** How many match in all; undefined until the first page has come. */
  readonly total: number | undefined
  /** How many come before this page. */
  readonly from: number
  readonly error: Error | null
  readonly retry: () => void
  /** Undefined on the first, or last, page. */
  readonly back: (() => void) | undefined
  readonly on: (() => void) | undefined
}

/** The page of `name` that the reader is on. */
export function usePages<T>(name: string, search: string, read: ReadPage<T>): Pages<T> {
  const [place, setPlace] = useState({ search, at: 0 })
  // Another filter starts at the first page.
  const at = place.search === search ? place.at : 0
  const query = useInfiniteQuery({
    queryKey: ['list', name, search],
    queryFn: ({ pageParam, signal }) =>
      read(
        {
          limit: pageItems,
          ...(search === '' ? {} : { search }),
          ...(pageParam === undefined ? {} : { after: pageParam }),
        },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  })
  const loaded = query.data?.pages ?? []
  const shown = Math.min(at, Math.max(0, loaded.length - 1))
  const go = (to: number) => setPlace({ search, at: to })
  const isLast = shown === loaded.length - 1 && !query.hasNextPage
  return {
    items: loaded[shown]?.items ?? [],
    total: loaded[0]?.total,
    from: loaded.slice(0, shown).reduce((count, { items }) => count + items.length, 0),
    error: query.data === undefined ? query.error : null,
    retry: () => void query.refetch(),
    back: shown === 0 ? undefined : () => go(shown - 1),
    on: isLast
      ? undefined
      : () => {
          if (shown < loaded.length - 1) go(shown + 1)
          else void query.fetchNextPage().then(() => go(shown + 1))
        },
  }
}
