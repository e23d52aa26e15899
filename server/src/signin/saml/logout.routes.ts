// Single logout: the other side says that a session is over, and here it is over too. A browser only
// carries the message; whom it is about is what the signed message says, and nothing of the browser.
import { samlApi } from '@countersign/contract/api/saml'
import { sessionCookie } from '@countersign/contract/session'
import type { SigninDependencies } from '#http/dependencies'
import { type Exchange, type Implementation, implement } from '#http/implement'
import { type Entrance, sessionOf } from '#signin/entrance'
import { orTell } from '#signin/federation/complete'
import { sessionsAt } from '#signin/federation/provider-sessions.store'
import { endSession } from '#signin/session-ending.store'
import { forgetSignedOn } from '#signin/sign-ons.store'
import { asIdentityProvider, asServiceProvider } from './addresses.ts'
import { nameOf } from './answer.ts'
import { refuseReplay, samlProvider } from './arrival.routes.ts'
import { pairwiseName, signingKey } from './keys.ts'
import { keysOf } from './keys.store.ts'
import {
  type IncomingLogout,
  logoutResponse,
  readLogoutRequest,
  readLogoutResponse,
} from './logout.ts'
import { signedOnAt } from './logout.store.ts'
import { issuerOf, newMessageId } from './message.ts'
import { statuses } from './names.ts'
import { applicationOf } from './question.ts'
import { readRedirected, redirectUrl } from './redirect-binding.ts'
import { orRefuse, readXml, SamlFault } from './xml.ts'
import { trustedKey } from './xml-signature.ts'
import { xmlText } from './xml-write.ts'

/** A message that was used is remembered for this long, in milliseconds. */
const usedMaxAgeMs = 60 * 60_000

/** What answers `samlProviderLogout` and `samlLogout` of `samlApi`. */
export function samlLogoutRoutes(
  deps: SigninDependencies,
  entrance: Entrance,
): readonly Implementation[] {
  const { store, settings, ledger } = deps
  const { publicUrl } = settings
  return [
    implement(samlApi.samlProviderLogout, ({ params }, exchange) =>
      orTell(deps, entrance, exchange, params, async () => {
        const provider = await samlProvider(deps, params.provider)
        const { entityId, certificates, singleLogout, subjectAttribute } = provider.saml
        const own = asServiceProvider(publicUrl, provider.id)
        const request = orRefuse(() => received(exchange, own, { entityId, certificates }))
        if (!request) return leave(deps, exchange)
        await refuseReplay(deps, `logout ${entityId} ${request.id}`, used(exchange))
        const [sid, ...more] = request.sessionIndexes
        const subject = subjectAttribute === undefined ? request.nameId.value : undefined
        const found =
          sid === undefined && subject === undefined
            ? []
            : await Promise.all(
                (sid === undefined ? [undefined] : [sid, ...more]).map((one) =>
                  sessionsAt(store.db, provider.id, { sid: one, subject }),
                ),
              )
        await end(deps, exchange, found.flat())
        const destination = singleLogout?.redirectResponse ?? singleLogout?.redirect
        await respond(deps, exchange, { issuer: own.entityId, destination, request })
      }),
    ),

    implement(samlApi.samlLogout, (_, exchange) =>
      orTell(deps, entrance, exchange, { provider: '' }, async () => {
        const own = asIdentityProvider(publicUrl)
        const { to, request } = orRefuse(() => {
          const issuer = issuerOf(readXml(readRedirected(exchange.rawQuery).text))
          const to = applicationOf(ledger.estate, issuer)
          const { entityId, certificates = [] } = to.signOn
          if (certificates.length === 0) {
            throw new SamlFault('the application has no key registered, so nothing of it counts')
          }
          return { to, request: received(exchange, own, { entityId, certificates }) }
        })
        if (!request) return leave(deps, exchange)
        const { application, signOn } = to
        await refuseReplay(deps, `logout ${signOn.entityId} ${request.id}`, used(exchange))
        const keyring = await keysOf(store.db, deps, exchange.now)
        const named = (await signedOnAt(store.db, application.id, request.sessionIndexes)).filter(
          ({ person: id }) => {
            const person = ledger.estate.get('person', id)
            const pairwise = pairwiseName(keyring, { application: application.id, person: id })
            const name = person && nameOf(person, signOn, pairwise, own.entityId)
            return name?.value === request.nameId.value
          },
        )
        // Who asks knows already, and is not told again.
        for (const signedOn of named) await forgetSignedOn(store.db, signedOn)
        await end(
          deps,
          exchange,
          named.map(({ session }) => session),
        )
        const destination = signOn.singleLogout?.redirectResponse ?? signOn.singleLogout?.redirect
        await respond(deps, exchange, { issuer: own.entityId, destination, request })
      }),
    ),
  ]
}

function used({ now }: Exchange): { readonly expiresAt: number } {
  return { expiresAt: now + usedMaxAgeMs }
}

/** The request that came; undefined for an answer to one of ours, which needs nothing more. */
function received(
  { rawQuery, now }: Exchange,
  { logoutUrl: destination }: { readonly logoutUrl: string },
  {
    entityId,
    certificates,
  }: { readonly entityId: string; readonly certificates: readonly string[] },
): IncomingLogout | undefined {
  const came = readRedirected(rawQuery)
  came.requireSignature(certificates.map(trustedKey))
  const root = readXml(came.text)
  const isRequest = came.parameter === 'SAMLRequest'
  const read = isRequest ? readLogoutRequest : readLogoutResponse
  const found = read(root, { destination, now })
  if (found.issuer !== entityId) throw new SamlFault('the message is of another issuer')
  return 'nameId' in found ? found : undefined
}

async function end(
  { ledger }: SigninDependencies,
  { caller, reply }: Exchange,
  sessions: readonly string[],
): Promise<void> {
  if (sessions.length === 0) return
  const { sequence } = await ledger.write('Workload::"server"', async (tx) => {
    const drafts = []
    for (const id of new Set(sessions)) drafts.push(...(await endSession(tx, id)))
    return drafts
  })
  reply.sequence(sequence)
  const session = sessionOf(caller)
  if (session && sessions.includes(session.id)) reply.cookie(sessionCookie, '', 0)
}

async function respond(
  deps: SigninDependencies,
  exchange: Exchange,
  {
    issuer,
    destination,
    request,
  }: {
    readonly issuer: string
    readonly destination: string | undefined
    readonly request: IncomingLogout
  },
): Promise<void> {
  if (destination === undefined) return leave(deps, exchange)
  const { now, rawQuery, reply } = exchange
  const head = { id: newMessageId(deps), issuer, destination, now, inResponseTo: request.id }
  const text = xmlText(logoutResponse(head, [statuses.success]))
  const key = signingKey(await keysOf(deps.store.db, deps, now))
  const { relayState } = readRedirected(rawQuery)
  reply.redirect(redirectUrl({ destination, parameter: 'SAMLResponse', text, relayState }, key))
}

async function leave({ settings }: SigninDependencies, { reply }: Exchange): Promise<void> {
  reply.redirect(`${settings.publicUrl.origin}/signin`)
}
