// The end of a journey to a provider: someone is let in, or told why not. Every outcome is a page,
// because a person looks at it.
import type { IdentityProvider } from '@countersign/contract/identity-provider'
import { Problem, problem } from '@countersign/contract/problems'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import type { Exchange } from '#http/implement'
import { admit } from '#signin/admission.store'
import {
  actorPerson,
  type Entrance,
  nextAfter,
  sessionOf,
  sourceOf,
  welcome,
} from '#signin/entrance'
import { recoveryCancelled } from '#signin/factors/recovery.store'
import { firstDeviceOf } from '#signin/people'
import { takeTurn } from '#signin/turn.store'
import { arriveFederated, type Elsewhere } from './arrive.store.ts'
import type { Flow } from './flow.ts'
import { observedAt } from './observed.ts'
import { keepProviderSession } from './provider-sessions.store.ts'
import { reportedAuthentication } from './trust.ts'

export interface Arrived {
  readonly provider: IdentityProvider
  readonly flow: Flow
  /** What the provider says, after everything that proves it was verified. */
  readonly elsewhere: Elsewhere
}

/**
 * Lets someone in whom a provider vouches for, and sends the browser where it was going.
 * @throws signin.unknown_identity where they are nobody here; it is recorded for an administrator.
 */
export async function completeSignIn(
  deps: SigninDependencies,
  { sites }: Entrance,
  exchange: Exchange,
  { provider, flow, elsewhere }: Arrived,
): Promise<void> {
  const { ledger, store, settings, masterKey } = deps
  const { caller, now, reply } = exchange
  const next = new URL(nextAfter(flow.returnTo, sites), sites.publicUrl)
  const observed = observedAt(elsewhere.authTime, flow, now)
  const who = await arriveFederated(store.db, ledger.estate, provider, elsewhere, now)
  if (who.kind === 'unknown') {
    await ledger.write(actorOf(caller), async (tx) => {
      await takeTurn(tx)
      return (await arriveFederated(tx, ledger.estate, provider, elsewhere, now)).drafts
    })
    const { reason, reference } = who
    throw problem('signin.unknown_identity', `for this reason: \`${reason}\``, { reference })
  }
  const { person } = who
  const admitted = await admit(ledger, sourceOf(deps, exchange), {
    actor: actorPerson(person.id),
    sessionId: sessionOf(caller)?.id,
    prove: async (tx) => {
      const again = await arriveFederated(tx, ledger.estate, provider, elsewhere, now)
      // Somebody changed who they are between the two looks.
      if (again.kind === 'unknown' || again.person.id !== person.id) throw problem('signin.expired')
      const authentication = reportedAuthentication(provider, elsewhere, observed)
      return {
        arrival: {
          person: person.id,
          authentication,
          // No device proves itself yet; the demo plays that people sit at their own.
          device: settings.demo ? firstDeviceOf(ledger.estate, person.id) : undefined,
          host: sites.publicUrl.hostname,
        },
        drafts: [
          ...again.drafts,
          // Whoever signs in strongly has lost nothing, so a recovery of theirs is somebody else's.
          ...(authentication.phishingResistant ? await recoveryCancelled(tx, person.id, now) : []),
        ],
      }
    },
    entered: (tx, session) =>
      keepProviderSession(tx, masterKey, {
        session: session.id,
        provider: provider.id,
        subject: elsewhere.subject,
        sid: elsewhere.sid,
        keepsakes: elsewhere.keepsakes ?? {},
        checkAt: elsewhere.checkAt,
      }),
  })
  welcome(exchange, admitted)
  reply.redirect(next.href)
}

/**
 * Does `work`, and tells a refusal on the sign-in page, by its code. What is behind it is for the
 * log alone.
 */
export async function orTell(
  { log }: Pick<SigninDependencies, 'log'>,
  { sites }: Pick<Entrance, 'sites'>,
  { requestId, reply }: Exchange,
  {
    provider,
    returnTo,
    isFresh = false,
  }: {
    readonly provider: string
    readonly returnTo?: string | undefined
    /** Whether the next try has to be a fresh sign-in, too. */
    readonly isFresh?: boolean | undefined
  },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const { code, message, extensions, cause } = error
    log.info(
      {
        requestId,
        provider,
        code,
        reason: message,
        cause: cause instanceof Error ? describe(cause) : undefined,
      },
      'a sign-in through a provider was refused',
    )
    const { reference } = extensions
    const query = new URLSearchParams({
      problem: code,
      provider,
      request: requestId,
      ...(typeof reference === 'string' ? { reference } : {}),
      ...(returnTo === undefined || code === 'signin.return_refused' ? {} : { return: returnTo }),
      ...(isFresh ? { fresh: '1' } : {}),
    })
    reply.redirect(`${sites.publicUrl.origin}/signin?${query.toString()}`)
  }
}

const causeMaxCharacters = 500

function describe(error: Error): string {
  const inner = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.name}: ${error.message}${inner}`.slice(0, causeMaxCharacters)
}
