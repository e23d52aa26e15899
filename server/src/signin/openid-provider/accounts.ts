// Who a token is about, and whether it may still say so. The library asks for the account at every
// step; at those where a token is given or used, policies are asked with the facts of this moment.
import type { Person, Session } from '@countersign/contract/documents'
import type { Estate } from '@countersign/contract/estate'
import type { Account, AccountClaims, FindAccount, KoaContextWithOIDC } from 'oidc-provider'
import type { Dependencies } from '#http/dependencies'
import type { JudgeOptions } from '#http/judged'
import { decideSignOn, type SignOnOutcome } from '#signin/sign-on'
import { signedOnOf } from '#signin/sign-ons.store'
import type { Visits } from './visit.ts'

/** Groups told to an application. More would not fit into what applications take. */
const groupsMaxCount = 500

export interface AccountOptions extends Pick<Dependencies, 'store' | 'ledger' | 'now'> {
  readonly visits: Visits
  readonly judge: JudgeOptions
  /** The host of the console, where the provider answers. */
  readonly host: string
}

/** What the library asks for an account. A token whose person may not have it has none. */
export function findAccount(options: AccountOptions): FindAccount {
  const { ledger, visits, now } = options
  return async (ctx, sub, token) => {
    if (!token) {
      const { session } = visits.of(ctx)
      return session?.person === sub ? accountOf(ledger.estate, sub) : undefined
    }
    const { clientId } = token
    const sessionUid = 'sessionUid' in token ? token.sessionUid : undefined
    const session =
      sessionUid === undefined ? undefined : await liveSession(options, sessionUid, now())
    if (session?.person !== sub || clientId === undefined) return undefined
    const known = await signedOnOf(options.store.db, session.id)
    const address = known.find(({ application }) => application === clientId)?.address
    const outcome = await decide(options, ctx, { application: clientId, session, address })
    return outcome.kind === 'allow' ? accountOf(ledger.estate, sub) : undefined
  }
}

/**
 * Decides about a sign-on, at the provider's own path.
 * @param address where the person is: an application asks from its own, which says nothing of them.
 */
export function decide(
  { visits, judge, host, now }: Omit<AccountOptions, 'store' | 'ledger'>,
  ctx: KoaContextWithOIDC,
  about: {
    readonly application: string
    readonly session: Session
    readonly address: string | undefined
  },
): Promise<SignOnOutcome> {
  const { visitor } = visits.of(ctx)
  const question = {
    application: about.application,
    session: about.session.id,
    protocol: 'oidc',
    method: ctx.method,
    host,
    // The last part of a path names an interaction, which is nobody else's business.
    path: `/oidc${ctx.path.replace(/^(\/(?:authorize|device))\/.*/, '$1')}`,
    address: about.address ?? visitor.address,
    now: now(),
  } as const
  return decideSignOn(question, judge)
}

// Another server may have written the session a moment ago.
async function liveSession({ ledger }: AccountOptions, id: string, now: number) {
  if (!ledger.estate.get('session', id)) await ledger.catchUp()
  const subject = ledger.estate.subjectOfSession(id, now)
  return subject.kind === 'person' ? subject.session : undefined
}

function accountOf(estate: Estate, id: string): Account | undefined {
  const person = estate.get('person', id)
  return person && { accountId: id, claims: () => claimsOf(person, estate) }
}

// What is asked for and registered is picked by the library from all there is.
function claimsOf({ id, name, email, groups }: Person, estate: Estate): AccountClaims {
  return {
    sub: id,
    name,
    preferred_username: id,
    ...(email === undefined ? {} : { email }),
    groups: [...withParents(groups, estate)],
  }
}

function withParents(direct: readonly string[], estate: Estate): ReadonlySet<string> {
  const all = new Set<string>()
  const waiting = [...direct]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (all.has(id) || all.size === groupsMaxCount) continue
    all.add(id)
    waiting.push(...(estate.get('group', id)?.groups ?? []))
  }
  return all
}
