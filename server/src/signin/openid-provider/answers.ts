// What is done with an answer of the library before it leaves: who was signed on is remembered, so
// that their application can be told when the session ends, and who signed out is signed out here.
import type { Session } from '@countersign/contract/documents'
import type { Secret } from '@countersign/contract/secret'
import { sessionCookie } from '@countersign/contract/session'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Dependencies } from '#http/dependencies'
import { actorPerson } from '#signin/entrance'
import { endSession } from '#signin/session-ending.store'
import { keepSignedOn } from '#signin/sign-ons.store'
import { sidAt, type Visits } from './visit.ts'

export type Middleware = (ctx: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void>

export interface AnswerOptions extends Pick<Dependencies, 'store' | 'ledger' | 'now'> {
  readonly visits: Visits
}

/** Does what an answer asks for once the library has made it, and before it is sent. */
export function withConsequences(options: AnswerOptions, own: Secret): Middleware {
  return async (ctx, next) => {
    await next()
    // A path that the library does not know has no context of its kind.
    if (!('oidc' in ctx)) return
    const { session } = options.visits.of(ctx)
    if (session) await signedOn(options, own, ctx, session)
    if (session && isSignOut(ctx)) await signOut(options, ctx, session)
  }
}

async function signedOn(
  { store, visits, now }: AnswerOptions,
  own: Secret,
  ctx: KoaContextWithOIDC,
  { id, person }: Session,
): Promise<void> {
  const { AuthorizationCode: code, DeviceCode: device } = ctx.oidc.entities
  const given = code ?? device
  // At the token endpoint there are codes too; they were given before.
  if (!isPersonsPage(ctx.oidc.route) || given?.accountId !== person) return
  const application = given.clientId ?? ''
  await keepSignedOn(store.db, {
    session: id,
    application,
    protocol: 'oidc',
    person,
    sid: sidAt(application, id, own),
    scope: given.scope ?? '',
    address: visits.of(ctx).visitor.address,
    at: now(),
  })
}

function isPersonsPage(route: string): boolean {
  return ['authorization', 'resume', 'code_verification', 'device_resume'].includes(route)
}

function isSignOut(ctx: KoaContextWithOIDC): boolean {
  const { route, params } = ctx.oidc
  return route === 'end_session_confirm' && ctx.status === 303 && params?.['logout'] !== undefined
}

async function signOut(
  { ledger }: AnswerOptions,
  ctx: KoaContextWithOIDC,
  { id, person }: Session,
): Promise<void> {
  await ledger.write(actorPerson(person), (tx) => endSession(tx, id))
  ctx.append('set-cookie', `${sessionCookie}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax`)
}
