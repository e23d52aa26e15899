// Who I am, and my passkeys.
import { type Permission, actions, ownApplication } from '@countersign/contract/actions'
import { identityApi } from '@countersign/contract/api/identity'
import { uid } from '@countersign/contract/entities'
import type { Estate } from '@countersign/contract/estate'
import { problem } from '@countersign/contract/problems'
import { tokenHash } from '@countersign/contract/session'
import type { Session } from '@countersign/contract/documents'
import { actorOf, type Caller } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { accepted, newChallenge } from './challenge.ts'
import { keepChallenge, takeChallenge } from './challenge.store.ts'
import { requiredSession, sourceOf } from './entrance.ts'
import { setupLinkRoute } from './link.routes.ts'
import { readFactorsPolicy, factorsDraft } from './factors/factors-policy.store.ts'
import { enrolmentRoutes } from './factors/enrolment.routes.ts'
import { factorsPolicyRoutes } from './factors/factors-policy.routes.ts'
import { ownFactorsRoutes } from './factors/own-factors.routes.ts'
import { recoveryRoutes } from './factors/recovery.routes.ts'
import { withoutEnrolments } from './factors/enrolment.store.ts'
import { mayAddPasskey, strongSignInNeeded } from './factors/may-change.ts'
import { newPasskey, type Passkey, passkeyKind, passkeysMax, summaryOf } from './passkey.ts'
import { passkeysOf, readPasskey } from './passkey.store.ts'
import { newSecret } from './secrets.ts'
import { openSession } from './session.store.ts'
import { takeTurn } from './turn.store.ts'
import { registrationOptions, relyingParty, verifyRegistration } from './webauthn.ts'

/** What answers `identityApi` about oneself, and most of `factorsApi`. */
export function identitySelfRoutes(deps: SigninDependencies): readonly Implementation[] {
  return [
    meRoute(deps),
    ...registrationRoutes(deps),
    setupLinkRoute(deps),
    ...ownFactorsRoutes(deps),
    ...factorsPolicyRoutes(deps),
    ...enrolmentRoutes(deps),
    ...recoveryRoutes(deps),
  ]
}

function meRoute({ store, ledger }: SigninDependencies): Implementation {
  return implement(identityApi.me, async (_, { caller, now }) => {
    const session = requiredSession(caller)
    const person = ledger.estate.get('person', session.person)
    if (!person) throw problem('access.sign_in_required')
    return {
      person,
      session,
      passkeys: (await passkeysOf(store.db, person.id)).map(summaryOf),
      permissions: permissionsOf(ledger.estate, caller, now),
    }
  })
}

function registrationRoutes(deps: SigninDependencies): readonly Implementation[] {
  const { store, ledger, settings, log } = deps
  const rp = relyingParty(settings.organisation, settings.publicUrl)
  const refuseWeak = (session: Session, passkeys: readonly Passkey[], now: number): void => {
    if (!mayAddPasskey(session.authentication, { isDemo: settings.demo, now })) {
      throw strongSignInNeeded()
    }
    if (passkeys.length >= passkeysMax) {
      throw problem('request.conflict', `you have ${passkeysMax} passkeys already: use one of them`)
    }
  }
  return [
    implement(identityApi.passkeyChallenge, async (_, exchange) => {
      const { caller, now } = exchange
      const session = requiredSession(caller)
      const person = ledger.estate.get('person', session.person)
      if (!person) throw problem('access.sign_in_required')
      const passkeys = await passkeysOf(store.db, person.id)
      refuseWeak(session, passkeys, now)
      const source = sourceOf(deps, exchange)
      const userHandle = passkeys[0]?.userHandle ?? newSecret(source)
      const bound = { purpose: 'passkey', session: session.id, userHandle } as const
      const { challenge, kept } = newChallenge(bound, source)
      await keepChallenge(store.db, kept)
      const wish = { challenge, userHandle, name: person.email ?? person.name, passkeys }
      return { challenge, options: await registrationOptions(rp, wish) }
    }),

    implement(identityApi.registerPasskey, async ({ body }, exchange) => {
      const { caller, now, reply, requestId } = exchange
      const { id, person } = requiredSession(caller)
      const kept = await takeChallenge(store.db, tokenHash(body.challenge))
      const bound = accepted(kept, 'passkey', now)
      if (bound?.session !== id) throw problem('signin.expired')
      const verified = await verifyRegistration(rp, body.challenge, body.response)
      if (verified.kind === 'refused') {
        log.info({ requestId, reason: verified.reason }, 'a registration was refused')
        throw problem('signin.failed')
      }
      const { userHandle } = bound
      const passkey = newPasskey(verified.made, { person, name: body.name, userHandle }, now)
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        await takeTurn(tx)
        const current = await openSession(tx, id)
        if (!current) throw problem('access.sign_in_required')
        const passkeys = await passkeysOf(tx, person)
        refuseWeak(current.session, passkeys, now)
        if (await readPasskey(tx, passkey.id)) throw problem('signin.failed')
        return [
          {
            event: 'identity.passkey.registered',
            kind: passkeyKind,
            id: passkey.id,
            after: passkey,
          },
          factorsDraft(person, [...passkeys, passkey], await readFactorsPolicy(tx)),
          // A link for the first passkey has nothing left to do.
          ...(await withoutEnrolments(tx, person, 'identity.enrolment.revoked')),
        ]
      })
      reply.sequence(sequence)
      return summaryOf(passkey)
    }),
  ]
}

// What a fresh sign-in would turn into a yes counts: the console shows it, and the server asks
// for the sign-in when it is used.
function permissionsOf(estate: Estate, caller: Caller, now: number): Permission[] {
  if (caller.kind !== 'visitor') return []
  const { subject, address, host } = caller
  const { method, path } = identityApi.me
  const circumstances = { protocol: 'api', method, path, host, address } as const
  const resource = uid('application', ownApplication)
  return (Object.keys(actions) as (keyof typeof actions)[])
    .filter(isPermission)
    .filter(
      (action) =>
        estate.judge({ subject, action, resource, circumstances, now }).verdict !== 'deny',
    )
}

function isPermission(action: keyof typeof actions): action is Permission {
  const row = actions[action]
  return 'group' in row
}
