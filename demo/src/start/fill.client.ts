// Fills an installation over its control socket, as its operator would: the organisation, the
// policies, and four weeks of decisions. Every call can be repeated without effect, so a call
// whose answer was lost is simply made again.
import { automationApi, type ImportLine } from '@countersign/contract/api/automation'
import { frictionApi } from '@countersign/contract/api/friction'
import { policiesApi } from '@countersign/contract/api/inventory'
import { networksApi } from '@countersign/contract/api/networks'
import { visibilityApi } from '@countersign/contract/api/visibility'
import { ApiError, type Client } from '@countersign/contract/client'
import type { AnyDocument, Release } from '@countersign/contract/documents'
import type { RouteArguments } from '@countersign/contract/route'
import { setTimeout as delay } from 'node:timers/promises'
import type { Day } from '#history/history'
import type { PolicyFile } from '#policies.file'

/** Documents in one call; small enough that the store answers in well under a second. */
const documentsPerCall = 1_000
const decisionsPerCall = 1_000
const signInsPerCall = 2_000
const callTimeoutMs = 60_000
const attemptsMax = 12
const firstWaitMs = 250
const longestWaitMs = 5_000

/** How many of how many are done. */
export type Tell = (done: number, of: number) => void

/** Imports documents in the order given. */
export async function importDocuments(
  client: Client,
  documents: readonly AnyDocument[],
  stopped: AbortSignal,
  tell: Tell = () => undefined,
): Promise<void> {
  for (let done = 0; done < documents.length; done += documentsPerCall) {
    await importLines(client, documents.slice(done, done + documentsPerCall), stopped)
    tell(Math.min(done + documentsPerCall, documents.length), documents.length)
  }
}

/**
 * Imports what was recorded, oldest first, from the `skip`th decision on; tells after each call.
 * Sign-ins come with their day, each once however often they are sent.
 */
export async function importHistory(
  client: Client,
  days: Iterable<Day>,
  skip: number,
  stopped: AbortSignal,
  tell: (done: number) => Promise<void>,
): Promise<number> {
  let seen = 0
  for (const { decisions, signIns } of days) {
    for (let from = 0; seen + decisions.length > skip && from < signIns.length;) {
      const records = signIns.slice(from, (from += signInsPerCall))
      const lines = records.map((document) => ({ kind: 'sign-in', document }) as const)
      await importLines(client, lines, stopped)
    }
    for (let from = 0; from < decisions.length; from += decisionsPerCall) {
      const records = decisions.slice(from, from + decisionsPerCall)
      seen += records.length
      if (seen <= skip) continue
      const lines = records.map((document) => ({ kind: 'decision', document }) as const)
      await importLines(client, lines, stopped)
      await tell(seen)
    }
    // Deciding a day keeps this thread busy; others get their turn in between.
    await delay(0, undefined, { signal: stopped })
  }
  return seen
}

/** Excludes a group from stronger sign-ins until a date, unless one is excluded already. */
export async function excludeOnce(
  client: Client,
  exclusion: RouteArguments<typeof frictionApi.addExclusion>['body'],
  stopped: AbortSignal,
): Promise<void> {
  const { exclusions } = await again(stopped, (signal) =>
    client.call(frictionApi.coverage, { query: { days: '1' } }, { signal }),
  )
  if (exclusions.length > 0) return
  await again(stopped, (signal) =>
    client.call(frictionApi.addExclusion, { body: exclusion }, { signal }),
  )
}

/** Makes a release of the policies; gives how many there are. */
export async function releasePolicies(
  client: Client,
  files: readonly PolicyFile[],
  stopped: AbortSignal,
): Promise<number> {
  const { policies } = await again(stopped, (signal) =>
    client.call(policiesApi.make, { body: { files: [...files] } }, { signal }),
  )
  return policies
}

/** The release in force and the journal position that includes it. */
export async function releaseInForce(
  client: Client,
  stopped: AbortSignal,
): Promise<{ readonly release: Release; readonly sequence: number }> {
  const release = await again(stopped, (signal) => client.call(policiesApi.current, {}, { signal }))
  const { sequence } = await importLines(client, [], stopped)
  return { release, sequence }
}

/** How much is there already. */
export async function countsOf(
  client: Client,
  stopped: AbortSignal,
): Promise<{ readonly people: number; readonly decisions: number }> {
  const { counts } = await again(stopped, (signal) =>
    client.call(visibilityApi.overview, {}, { signal }),
  )
  return counts
}

/** The gateway that spoke last: the one that runs beside us. */
export async function gatewayId(client: Client, stopped: AbortSignal): Promise<string> {
  const { gateways } = await again(stopped, (signal) =>
    client.call(networksApi.gateways, {}, { signal }),
  )
  const latest = gateways.toSorted((a, b) => (b.seenAt ?? 0) - (a.seenAt ?? 0))[0]
  if (latest === undefined) throw new Error('no gateway is enrolled: start again')
  return latest.id
}

/** Imports lines in one call; gives the journal position that includes them. */
async function importLines(
  client: Client,
  lines: readonly ImportLine[],
  stopped: AbortSignal,
): Promise<{ readonly sequence: number }> {
  return again(stopped, (signal) =>
    client.call(automationApi.import, { body: { lines: [...lines] } }, { signal }),
  )
}

// A server that is being restarted answers again in a moment; one that refuses what we sent will
// refuse it again.
async function again<T>(
  stopped: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(AbortSignal.any([stopped, AbortSignal.timeout(callTimeoutMs)]))
    } catch (error) {
      stopped.throwIfAborted()
      const isRefusal = error instanceof ApiError && error.status < 500
      if (isRefusal || attempt === attemptsMax) throw error
      const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1))
      await delay(waitMs, undefined, { signal: stopped })
    }
  }
}
