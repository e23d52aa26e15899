// All ways in, the way out, and the way on to the host that asked.
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

/** What answers `signinApi` and `signinDeviceApi`. */
export function signinRoutes(deps: SigninDependencies): readonly Implementation[] {
  const entrance = openEntrance(deps)
  return [
    offerRoute(deps),
    ...passkeyRoutes(deps, entrance),
    ...linkRoutes(deps, entrance),
    personaRoute(deps, entrance),
    signOutRoute(deps),
    continueRoute(deps, entrance),
    ...deviceGrantRoutes(deps, entrance),
  ]
}

function offerRoute({ store, ledger, settings }: SigninDependencies): Implementation {
  return implement(signinApi.offer, async (_, { now }) => {
    const { demo: isDemo, organisation } = settings
    const { estate } = ledger
    return {
      organisation,
      setupNeeded: await isSetupNeeded(store.db, estate, { isDemo, now }),
      personas: isDemo ? personasOf(estate, now).map(personaOffer) : [],
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

function signOutRoute({ ledger }: SigninDependencies): Implementation {
  return implement(signinApi.signOut, async (_, { caller, reply }) => {
    const { id } = requiredSession(caller)
    const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
      await takeTurn(tx)
      const current = await openSession(tx, id)
      return current ? ending(current) : []
    })
    reply.cookie(sessionCookie, '', 0)
    reply.sequence(sequence)
    return { next: '/signin' }
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
      reply.redirect(`${origin}/signin?${signin.toString()}`)
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
