// The feed over HTTP: a snapshot, and the changes after a position as a stream of signed lines.
import { networksApi } from '@countersign/contract/api/networks'
import { problem } from '@countersign/contract/problems'
import { implement, type Implementation } from '#http/implement'
import type { Ledger } from '#journal/ledger'
import type { Gateways } from '#pillars/networks/gateways'
import type { Feed } from './feed.ts'

export interface FeedDependencies {
  readonly feed: Feed
  readonly ledger: Ledger
  readonly gateways: Gateways
  readonly now: () => number
}

export function feedRoutes(dependencies: FeedDependencies): readonly Implementation[] {
  const { feed, ledger, gateways, now } = dependencies
  return [
    implement(networksApi.snapshot, async (_, { caller }) => {
      if (caller.kind === 'gateway') gateways.saw(caller.id, now())
      return feed.snapshot()
    }),
    implement(networksApi.changes, async ({ query: { after } }, { caller, signal }) => {
      if (after > ledger.sequence) {
        throw problem(
          'request.conflict',
          `position ${after} is ahead of the journal, which ends at ${ledger.sequence}; fetch a snapshot`,
        )
      }
      return lines(dependencies, caller.kind === 'gateway' ? caller.id : undefined, after, signal)
    }),
  ]
}

async function* lines(
  { feed, gateways, now }: FeedDependencies,
  gateway: string | undefined,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for await (const { to, jws } of feed.follow(after, signal)) {
    if (gateway !== undefined) gateways.saw(gateway, now(), to)
    yield `${jws}\n`
  }
}
