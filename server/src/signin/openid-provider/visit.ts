// Who is there when an application asks: our session decides, and nothing that the provider's library
// would remember by a cookie of its own. So a planted cookie of that kind is worth nothing, and a
// session that ended here has ended there.
import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Session } from '@countersign/contract/documents'
import type { Secret } from '@countersign/contract/secret'
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { Visitor } from '#http/caller'
import { acrOf, amrOf, authTimeOf } from './standing.ts'

/** A request to the provider, and who makes it. */
export interface Visit {
  readonly visitor: Visitor
  readonly session: Session | undefined
  readonly requestId: string
}

/** The visits under way, by their requests. */
export class Visits {
  readonly #visits = new WeakMap<IncomingMessage, Visit>()

  begin(request: IncomingMessage, { visitor, requestId }: Omit<Visit, 'session'>): Visit {
    const { subject } = visitor
    const session = subject.kind === 'person' ? subject.session : undefined
    const visit = { visitor, session, requestId }
    this.#visits.set(request, visit)
    return visit
  }

  of({ req }: { readonly req: IncomingMessage }): Visit {
    const visit = this.#visits.get(req)
    if (!visit) throw new Error('the provider answers a request that nobody passed to it')
    return visit
  }
}

/** Makes the library's session follow ours, in the one place where it finds it. */
export function followOurSessions(provider: Provider, visits: Visits, own: Secret): void {
  const { Session } = provider
  const byCookie = Session.get.bind(Session)
  Session.get = async (ctx) => {
    const { session } = visits.of(ctx)
    const found = session ? await Session.find(session.id) : await byCookie(ctx)
    // Without a session of ours nobody is signed in, whatever a cookie says.
    if (!session) return found?.accountId === undefined && found ? found : fresh(provider, ctx)
    const theirs = found ?? new Session()
    // Its name is our session's, so that two tabs of one browser never have two of them.
    theirs.jti = session.id
    theirs.uid = session.id
    theirs.resetIdentifier = () => {}
    // The same for the same application, so that no tab can lose what another wrote.
    theirs.sidFor = (application: string) => sidAt(application, session.id, own)
    const { authentication, person } = session
    theirs.loginAccount({
      accountId: person,
      loginTs: authTimeOf(authentication),
      acr: acrOf(authentication),
      amr: [...amrOf(authentication)],
      transient: true,
    })
    return assigned(ctx, theirs)
  }
}

type TheirSession = InstanceType<Provider['Session']>

/** What an application calls a session of ours. Two applications call it differently. */
export function sidAt(application: string, session: string, own: Secret): string {
  return createHmac('sha256', own.reveal())
    .update(JSON.stringify(['sid', application, session]))
    .digest('base64url')
}

function fresh({ Session }: Provider, ctx: KoaContextWithOIDC | object): TheirSession {
  return assigned(ctx, new Session())
}

function assigned(ctx: KoaContextWithOIDC | object, session: TheirSession): TheirSession {
  if ('oidc' in ctx) ctx.oidc.entity('Session', session)
  return session
}
