// What is filled in, and in which order, so that breaking off anywhere loses nothing: each step is
// noted only after it was acknowledged, and the next start begins at the first one not noted.
import type { Client } from '@countersign/contract/client'
import { historyByDay } from '#history/history'
import { demoSeed } from '#organisation/departments'
import { accountsOfLastResort } from '#organisation/last-resort'
import type { Organisation } from '#organisation/organisation'
import { dayMs } from '#organisation/people'
import { readPolicyFiles } from '#policies.file'
import { deviceReports, personaDevices } from './device-management.job.ts'
import {
  countsOf,
  excludeOnce,
  importDocuments,
  importHistory,
  releaseInForce,
  releasePolicies,
} from './fill.client.ts'
import { type Progress, progressVersion, readProgress, writeProgress } from './progress.file.ts'
import type { Steps } from './steps.ts'

export interface Filling {
  readonly client: Client
  readonly steps: Steps
  readonly stopped: AbortSignal
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** The file that holds the progress. */
  readonly path: string
}

const number = new Intl.NumberFormat('en')
const longRestMs = 3_600_000

/** Where the last start left off, checked against what is really there. */
export async function progressNow({ client, stopped, clock, path }: Filling): Promise<Progress> {
  const fresh: Progress = {
    version: progressVersion,
    seed: demoSeed,
    now: clock(),
    isReleased: false,
    decisions: 0,
    isComplete: false,
  }
  const known = await readProgress(path)
  if (known === undefined) {
    await writeProgress(path, fresh)
    return fresh
  }
  const { people, decisions } = await countsOf(client, stopped)
  // The store was emptied behind our back: what it knew is generated again, as it was.
  if (known.upstream !== undefined && people === 0) {
    return { ...fresh, now: known.now, seed: known.seed }
  }
  return decisions < known.decisions ? { ...known, decisions: 0, isComplete: false } : known
}

/** Fills in the organisation, the policies and today's facts about devices. */
export async function fillInventory(
  { client, steps, stopped, clock, path }: Filling,
  { documents, devices }: Organisation,
  progress: Progress,
  upstream: string,
): Promise<Progress> {
  let current = progress
  const keep = async (change: Partial<Progress>): Promise<void> => {
    current = { ...current, ...change }
    await writeProgress(path, current)
  }
  if (current.upstream === undefined) {
    await steps.run('Organisation', async (rename) => {
      await importDocuments(client, documents, stopped, (done, of) => {
        rename(`Organisation: ${number.format(done)} of ${number.format(of)} documents`)
      })
      const count = (kind: string): string =>
        number.format(documents.filter((it) => it.kind === kind).length)
      rename(
        `Organisation: ${count('person')} people, ${count('workload')} programs, ${count('device')} devices`,
      )
      await keep({ upstream })
    })
  } else if (current.upstream !== upstream) {
    await steps.run('Applications move to another port', async () => {
      const applications = documents.filter(({ kind }) => kind === 'application')
      await importDocuments(client, applications, stopped)
      await keep({ upstream })
    })
  }
  if (!current.isReleased) {
    await steps.run('Policies', async (rename) => {
      const lastResort = accountsOfLastResort(current.now)
      await importDocuments(
        client,
        lastResort.map((document) => ({ kind: 'person', document })),
        stopped,
      )
      await excludeOnce(client, exclusionAt(current.now), stopped)
      const count = await releasePolicies(client, await readPolicyFiles(), stopped)
      rename(`Policies: ${count} checked and released`)
      await keep({ isReleased: true })
    })
  }
  await steps.run('Devices', async (rename) => {
    // After a long rest everyone's facts are stale; in between, the personas' are enough.
    const due = clock() - current.now > longRestMs ? devices : personaDevices(devices)
    await importDocuments(client, deviceReports(due, clock()), stopped)
    rename(`Devices: ${number.format(due.length)} reported`)
  })
  return current
}

// Their terminals take nothing but a password until they are replaced; until then somebody answers
// for it, and the date is not one that anybody has to remember.
function exclusionAt(now: number) {
  return {
    subject: { kind: 'group', id: 'porters' },
    owner: 'petra.ashcombe',
    reason: 'The terminals at the gates take passwords only. New ones are ordered.',
    endsAt: now + 75 * dayMs,
  } as const
}

/** Fills in four weeks of decisions, from where the last start broke off. */
export async function fillHistory(
  { client, steps, stopped, path }: Filling,
  organisation: Organisation,
  progress: Progress,
): Promise<void> {
  await steps.run('History', async (rename) => {
    const { release, sequence } = await releaseInForce(client, stopped)
    const days = historyByDay({ organisation, release, sequence })
    const total = await importHistory(client, days, progress.decisions, stopped, (decisions) => {
      rename(`History: ${number.format(decisions)} decisions so far`)
      return writeProgress(path, { ...progress, decisions })
    })
    await writeProgress(path, { ...progress, decisions: total, isComplete: true })
    rename(`History: ${number.format(total)} decisions of the last four weeks`)
  })
}
