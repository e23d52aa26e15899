// Follows decisions as they are recorded, through breaks: reads the newest page at every
// connection, so that nothing is missed in between, and tries again with growing pauses.
import { api } from '@countersign/contract/api'
import { ApiError } from '@countersign/contract/client'
import type { DecisionSummary } from '@countersign/contract/decision'
import { client } from '#api/server.client.ts'
import type { DecisionSearch } from '#search.ts'

export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'broken'; readonly retryMs: number }
  /** The server refuses; trying again would not help. */
  | { readonly kind: 'refused'; readonly error: ApiError }

interface Listener {
  readonly connection: (connection: Connection) => void
  /** The newest page, and whether there are older ones. */
  readonly page: (decisions: readonly DecisionSummary[], hasOlder: boolean) => void
  readonly arrived: (decisions: readonly DecisionSummary[]) => void
}

const newestPage = 100
/** A burst is shown at once rather than row by row, in milliseconds. */
const gatherMs = 120
/** The stream opens while the page is read; a second look covers the moment between them. */
const secondLookMs = 1_500
const retryMinMs = 1_000
const retryMaxMs = 15_000

/** Follows until `signal` aborts or the server refuses. */
export async function followDecisions(
  filter: DecisionSearch,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  let retryMs = retryMinMs
  listener.connection({ kind: 'connecting' })
  while (!signal.aborted) {
    const attempt = new AbortController()
    const both = AbortSignal.any([signal, attempt.signal])
    try {
      await Promise.all([
        readStream(filter, listener, both),
        catchUpTwice(filter, listener, both, () => {
          retryMs = retryMinMs
        }),
      ])
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) {
        attempt.abort()
        listener.connection({ kind: 'refused', error })
        return
      }
    }
    attempt.abort()
    if (signal.aborted) return
    listener.connection({ kind: 'broken', retryMs })
    await pause(retryMs, signal)
    retryMs = Math.min(retryMaxMs, retryMs * 2)
  }
}

async function readStream(filter: DecisionSearch, listener: Listener, signal: AbortSignal) {
  let gathered: DecisionSummary[] = []
  const flush = () => {
    if (!signal.aborted && gathered.length > 0) listener.arrived(gathered)
    gathered = []
  }
  for await (const decision of client.follow(api.visibility.stream, { query: filter }, signal)) {
    if (gathered.length === 0) setTimeout(flush, gatherMs)
    gathered.push(decision)
  }
  flush()
  // The server closed the stream, as it does when it stops; the other half must not wait for it.
  throw new Error('the stream ended')
}

async function catchUpTwice(
  filter: DecisionSearch,
  listener: Listener,
  signal: AbortSignal,
  onSuccess: () => void,
) {
  const catchUp = async () => {
    const query = { ...filter, limit: newestPage }
    const page = await client.call(api.visibility.decisions, { query }, { signal })
    listener.page(page.decisions, page.next !== undefined)
  }
  await catchUp()
  onSuccess()
  listener.connection({ kind: 'live' })
  await pause(secondLookMs, signal)
  if (!signal.aborted) await catchUp()
}

/** Decisions older than `before`. */
export async function readOlder(filter: DecisionSearch, before: string) {
  const query = { ...filter, before, limit: newestPage }
  return client.call(api.visibility.decisions, { query })
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, delayMs)
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(timer)
      resolve()
    },
    { once: true },
  )
  return promise
}
