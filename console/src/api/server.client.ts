// The console's one door to the server: the contract's typed client over the browser's `fetch`,
// at the page's own origin.
import { ApiError, createClient, type Fetch } from '@countersign/contract/client'
import type { Route, RouteArguments, RouteResult } from '@countersign/contract/route'
import { QueryCache, QueryClient, queryOptions } from '@tanstack/react-query'

const browserFetch: Fetch = (url, init) => fetch(url, { ...init, credentials: 'same-origin' })

export const client = createClient({ baseUrl: '', fetch: browserFetch })

/** A read of the API for `useQuery`; the route and its arguments are its key. */
export function reading<R extends Route>(route: R, args: RouteArguments<R>) {
  return queryOptions<RouteResult<R>>({
    queryKey: [route.path, args],
    queryFn: ({ signal }) => client.call(route, args, { signal }),
  })
}

/** Problems that waiting may cure; everything else is answered the same the second time. */
const worthRepeating = (error: Error): boolean =>
  !(error instanceof ApiError) || error.status === 503 || error.status === 502

const repeatsMax = 2

export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: leaveForSignIn }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => failures < repeatsMax && worthRepeating(error),
      retryDelay: (attempt) => Math.min(4_000, 500 * 2 ** attempt),
    },
  },
})

export const isProblem = (error: unknown, code: string): boolean =>
  error instanceof ApiError && error.problem?.code === code

/** Where someone who is not signed in goes, and comes back from. */
export function leaveForSignIn(error: unknown): void {
  if (!isProblem(error, 'access.sign_in_required')) return
  const here = window.location.pathname + window.location.search
  window.location.assign(`/signin?return=${encodeURIComponent(here)}`)
}
