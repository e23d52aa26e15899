// When a session ends, for whatever reason, every application that it was signed on to is told
// (OpenID Connect Back-Channel Logout 1.0). Who is to be told lies in the store: word that could not
// be given is given later, also after a restart, by whichever server comes first.
import type { Dependencies } from '#http/dependencies'
import { type Ended, forgetSignedOn, putOff, takeEnded } from '#signin/sign-ons.store'
import type { MadeProvider } from './provider.ts'

/** How often to look, in milliseconds, while a session has just ended, and otherwise. */
export const sessionEndsEveryMs = 1_000
const idleEveryMs = 15_000

/** Applications told at the same time. */
const atOnceMaxCount = 32
/** No other server tells the same application meanwhile, in milliseconds. */
const leaseMs = 30_000
const triesMaxCount = 8
const retryFirstMs = 5_000
const retryMaxMs = 10 * 60_000

/** The kind of entry in the journal; the id is the application's. */
const noticeKind = 'sign-on-notice'

export interface SessionEndsOptions extends Pick<Dependencies, 'store' | 'ledger' | 'now' | 'log'> {
  readonly tellOf: MadeProvider['tellOf']
}

/** What is to be repeated: it looks when a session ended or a person changed, and now and then anyway. */
export function sessionEnds(options: SessionEndsOptions): () => Promise<void> {
  const { ledger, now } = options
  let isDue = true
  let lookedAt = -Infinity
  ledger.subscribe(({ entries }) => {
    isDue ||= entries.some(
      ({ kind, after }) => (kind === 'session' && after === null) || kind === 'person',
    )
  })
  return async () => {
    if (!isDue && now() - lookedAt < idleEveryMs) return
    isDue = false
    lookedAt = now()
    isDue = (await tellEnded(options)) === atOnceMaxCount || isDue
  }
}

/** Tells those that are due, once each. @returns how many. */
export async function tellEnded(options: SessionEndsOptions): Promise<number> {
  const { store, now } = options
  const due = await takeEnded(store.db, {
    protocol: 'oidc',
    now: now(),
    leaseMs,
    limit: atOnceMaxCount,
  })
  await Promise.all(due.map((ended) => tell(options, ended)))
  return due.length
}

async function tell(options: SessionEndsOptions, ended: Ended): Promise<void> {
  const { store, now, log, tellOf } = options
  const { application, tries } = ended
  try {
    if (!(await tellOf(ended))) return await forgetSignedOn(store.db, ended)
    await settle(options, ended, 'applications.sign-on.notified')
  } catch (error) {
    if (tries < triesMaxCount) {
      const waitMs = Math.min(retryMaxMs, retryFirstMs * 4 ** (tries - 1))
      return putOff(store.db, ended, now() + waitMs)
    }
    log.warn({ application, error: String(error) }, 'an application was not told of a sign-out')
    await settle(options, ended, 'applications.sign-on.unreachable')
  }
}

async function settle(
  { ledger, now }: SessionEndsOptions,
  ended: Ended,
  event: 'applications.sign-on.notified' | 'applications.sign-on.unreachable',
): Promise<void> {
  const { application: id, session, tries } = ended
  await ledger.write('Workload::"server"', async (tx) => {
    await forgetSignedOn(tx, ended)
    return [{ event, kind: noticeKind, id, after: { id, session, tries, at: now() } }]
  })
}
