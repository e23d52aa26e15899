// All ways in, the way out, and the way on to the host that asked.
import { signinFederationApi } from '@countersign/contract/api/signin-federation'
import { signinApi } from '@countersign/contract/api/signin'
import type { Session } from '@countersign/contract/documents'
import { isPresent } from '@countersign/contract/estate'
import { problem } from '@countersign/contract/problems'
import { sessionCookie } from '@countersign/contract/session'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { admit } from './admission.store.ts'
import { firstAsked } from './ask.store.ts'
import {
  acceptedReturn,
  actorPerson,
  type Entrance,
  nextAfter,
  openEntrance,
  requiredSession,
  sessionOf,
  sourceOf,
  welcome,
} from './entrance.ts'
import { deviceGrantRoutes } from './device-grant.routes.ts'
import { offerOf } from './federation/begin.routes.ts'
import {
  federationRoutes,
  openFederation,
  type Federation,
} from './federation/federation.routes.ts'
import { askedElsewhere, atProvider, signOutElsewhere } from './federation/elsewhere.ts'
import { readProviders } from './federation/provider.store.ts'
import { enrolRoutes } from './factors/enrol.routes.ts'
import { isRaisedByCode, otpRoutes } from './factors/otp.routes.ts'
import { recoveryCodesRoutes } from './factors/recovery-codes.routes.ts'
import { ending } from './entry.ts'
import { newHandoff } from './handoff.ts'
import { keepHandoff } from './handoff.store.ts'
import { linkRoutes } from './link.routes.ts'
import { passkeyRoutes } from './passkey.routes.ts'
import { firstDeviceOf, isPersona, personaOffer, personasOf } from './people.ts'
import { openSession } from './session.store.ts'
import { personaAuthentication } from './session.ts'
import { isSetupNeeded } from './setup.store.ts'
import { takeTurn } from './turn.store.ts'

/**
 * What answers `signinApi`, `signinDeviceApi`, all of the ways in of `signinFactorsApi`, and
 * everything about identity providers elsewhere.
 */
export function signinRoutes(deps: SigninDependencies): readonly Implementation[] {
  const entrance = openEntrance(deps)
  const federation = openFederation(deps)
  return [
    offerRoute(deps),
    ...passkeyRoutes(deps, entrance),
    ...linkRoutes(deps, entrance),
    ...enrolRoutes(deps, entrance),
    ...recoveryCodesRoutes(deps, entrance),
    ...otpRoutes(deps, entrance),
    personaRoute(deps, entrance),
    signOutRoute(deps, federation),
    ...federationRoutes(deps, entrance, federation),
    continueRoute(deps, entrance),
    ...deviceGrantRoutes(deps, entrance),
  ]
}

function offerRoute(deps: SigninDependencies): Implementation {
  const { store, ledger, settings } = deps
  return implement(signinApi.offer, async (_, { caller, now }) => {
    const { demo: isDemo, organisation } = settings
    const { estate } = ledger
    const providers = (await readProviders(store.db)).filter(({ enabled }) => enabled)
    return {
      organisation,
      setupNeeded: await isSetupNeeded(store.db, estate, { isDemo, now }),
      personas: isDemo ? personasOf(estate, now).map(personaOffer) : [],
      providers: providers.filter(({ listed }) => listed).map(offerOf),
      findsProviders: providers.some(({ domains }) => domains.length > 0),
      appCode: await isRaisedByCode(deps, sessionOf(caller), now),
    }
  })
}

function personaRoute(deps: SigninDependencies, { sites }: Entrance): Implementation {
  const { ledger, settings } = deps
  return implement(signinApi.persona, async ({ body }, exchange) => {
    if (!settings.demo) throw problem('signin.personas_off')
    const { person, returnTo } = body
    const { caller, now } = exchange
    const next = nextAfter(returnTo, sites)
    const admitted = await admit(ledger, sourceOf(deps, exchange), {
      actor: actorPerson(person),
      sessionId: sessionOf(caller)?.id,
      prove: async () => {
        const { estate } = ledger
        if (!isPresent(estate.get('person', person), now) || !isPersona(estate, person)) {
          throw problem('signin.failed')
        }
        return {
          arrival: {
            person,
            authentication: personaAuthentication(now),
            device: firstDeviceOf(estate, person),
            host: sites.publicUrl.hostname,
          },
          drafts: [],
        }
      },
    })
    welcome(exchange, admitted)
    return { next }
  })
}

function signOutRoute(deps: SigninDependencies, { protocols }: Federation): Implementation {
  const { ledger } = deps
  return implement(signinApi.signOut, async (_, { caller, reply, now }) => {
    const { id } = requiredSession(caller)
    // Read before the end, used after it: the provider cannot keep a session here from ending.
    const elsewhere = await atProvider(deps, id)
    const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
      await takeTurn(tx)
      const current = await openSession(tx, id)
      return current ? ending(current) : []
    })
    reply.cookie(sessionCookie, '', 0)
    reply.sequence(sequence)
    return { next: (await signOutElsewhere(deps, protocols, elsewhere, now)) ?? '/signin' }
  })
}

function continueRoute(deps: SigninDependencies, { sites }: Entrance): Implementation {
  const { store } = deps
  const { origin } = sites.publicUrl
  return implement(signinApi.continue, async ({ query }, exchange) => {
    const { caller, now, reply } = exchange
    const { flow, fresh } = query
    const address = acceptedReturn(query.return, sites)
    const asked = fresh === undefined ? undefined : await firstAsked(store.db, flow, now)
    const session = sessionOf(caller)
    if (!session || isOlder(session, asked)) {
      const again = new URLSearchParams({ return: address.origin + address.path, flow })
      if (fresh !== undefined) again.set('fresh', fresh)
      const signin = new URLSearchParams({
        return: `${signinApi.continue.path}?${again.toString()}`,
      })
      const provider = session && (await askedElsewhere(deps, session, now))
      reply.redirect(
        provider === undefined
          ? `${origin}/signin?${signin.toString()}`
          : `${origin}${signinFederationApi.begin.path.replace(':provider', provider)}?${signin.toString()}`,
      )
      return
    }
    if (address.isConsole) {
      // The console's own cookie is there already.
      reply.redirect(origin + address.path)
      return
    }
    const { handoff, url } = newHandoff(
      { session: session.id, address, flow },
      sourceOf(deps, exchange),
    )
    await keepHandoff(store.db, handoff)
    reply.redirect(url)
  })
}

function isOlder({ authentication }: Session, asked: number | undefined): boolean {
  return asked !== undefined && authentication.observedAt < asked
}
