// The first administrator: a link from whoever operates the machine, a name, a passkey.
import { identityApi } from '@countersign/contract/api/identity'
import { signinApi } from '@countersign/contract/api/signin'
import type { Person } from '@countersign/contract/documents'
import { problem } from '@countersign/contract/problems'
import { tokenHash } from '@countersign/contract/session'
import type { Kysely } from 'kysely'
import { actorOf, type Caller } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { readDocument } from '#journal/documents.store'
import { administratorsGroup } from '#policies/names'
import type { Database } from '#store/database'
import { admit } from './admission.store.ts'
import { accepted, newChallenge } from './challenge.ts'
import { keepChallenge, takeChallenge } from './challenge.store.ts'
import { attemptKey, type Entrance, sessionOf, sourceOf, tooMany, welcome } from './entrance.ts'
import { newSetupLink, personIds, setupLinkKind, setupUrl } from './link.ts'
import { readFactorsPolicy } from './factors/factors-policy.store.ts'
import { authenticationWith, newPasskey, passkeyId, passkeyKind } from './passkey.ts'
import { readPasskey } from './passkey.store.ts'
import { newSecret } from './secrets.ts'
import { isSetupNeeded, usableLink, withoutLinks } from './setup.store.ts'
import { takeTurn } from './turn.store.ts'
import { registrationOptions, verifyRegistration } from './webauthn.ts'

/** The two routes of the setup page. */
export function linkRoutes(
  deps: SigninDependencies,
  { rp, sites, failures }: Entrance,
): readonly Implementation[] {
  const { store, ledger, log } = deps

  // An address that tries many links is stopped; who has the right one is never counted.
  const refuseSpent = async (caller: Caller, link: string, now: number): Promise<void> => {
    if (await isUsable(deps, store.db, link, now)) return
    throw failures.spend(attemptKey(caller), now) ? problem('signin.link_spent') : tooMany()
  }

  return [
    implement(signinApi.linkChallenge, async ({ body }, exchange) => {
      const link = tokenHash(body.link)
      await refuseSpent(exchange.caller, link, exchange.now)
      const source = sourceOf(deps, exchange)
      const { name } = body
      const userHandle = newSecret(source)
      const bound = { purpose: 'link', link, name, userHandle } as const
      const { challenge, kept } = newChallenge(bound, source)
      await keepChallenge(store.db, kept)
      const wish = { challenge, userHandle, name, passkeys: [] }
      return { challenge, options: await registrationOptions(rp, wish) }
    }),

    implement(signinApi.link, async ({ body }, exchange) => {
      const { caller, now, requestId } = exchange
      const link = tokenHash(body.link)
      const kept = await takeChallenge(store.db, tokenHash(body.challenge))
      await refuseSpent(caller, link, now)
      const bound = accepted(kept, 'link', now)
      if (!bound || bound.link !== link) throw problem('signin.expired')
      const verified = await verifyRegistration(rp, body.challenge, body.response)
      if (verified.kind === 'refused') {
        log.info({ requestId, reason: verified.reason }, 'a registration was refused')
        throw problem('signin.failed')
      }

      const { made } = verified
      const admitted = await admit(ledger, sourceOf(deps, exchange), {
        actor: actorOf(caller),
        sessionId: sessionOf(caller)?.id,
        prove: async (tx) => {
          if (!(await isUsable(deps, tx, link, now))) throw problem('signin.link_spent')
          if (await readPasskey(tx, passkeyId(made.credential))) throw problem('signin.failed')
          const person = await newAdministrator(tx, bound.name)
          const { userHandle } = bound
          const owner = { person: person.id, name: 'first passkey', userHandle }
          const passkey = newPasskey(made, owner, now)
          return {
            arrival: {
              person: person.id,
              authentication: authenticationWith(passkey, await readFactorsPolicy(tx), now),
              device: undefined,
              host: sites.publicUrl.hostname,
            },
            drafts: [
              ...(await withoutLinks(tx, 'identity.link.spent')),
              { event: 'identity.person.put', kind: 'person', id: person.id, after: person },
              {
                event: 'identity.passkey.registered',
                kind: passkeyKind,
                id: passkey.id,
                after: passkey,
              },
            ],
          }
        },
      })
      welcome(exchange, admitted)
      return { next: '/' }
    }),
  ]
}

/** Issues the link, for whoever operates the machine. A new link makes earlier ones worthless. */
export function setupLinkRoute(deps: SigninDependencies): Implementation {
  const { ledger, settings } = deps
  return implement(identityApi.issueSetupLink, async (_, exchange) => {
    const { caller, now, reply } = exchange
    // Administrators who sign in elsewhere have no passkey here; none makes another one alone.
    if (caller.kind !== 'operator') {
      throw problem('access.denied', 'only whoever operates the machine issues this link, there')
    }
    const { secret, document } = newSetupLink(sourceOf(deps, exchange))
    const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
      await takeTurn(tx)
      const { estate } = ledger
      if (!(await isSetupNeeded(tx, estate, { isDemo: settings.demo, now }))) {
        throw problem('request.conflict', 'there is an administrator already: sign in as one')
      }
      const event = 'identity.link.issued'
      return [
        ...(await withoutLinks(tx, event)),
        { event, kind: setupLinkKind, id: document.id, after: document },
      ]
    })
    reply.sequence(sequence)
    return { url: setupUrl(settings.publicUrl, secret), expiresAt: document.endsAt }
  })
}

/** Whether the link of this hash lets someone become administrator now. */
async function isUsable(
  { ledger, settings }: SigninDependencies,
  db: Kysely<Database>,
  link: string,
  now: number,
): Promise<boolean> {
  const setup = { isDemo: settings.demo, now }
  return (
    (await usableLink(db, link, now)) !== undefined &&
    (await isSetupNeeded(db, ledger.estate, setup))
  )
}

async function newAdministrator(db: Kysely<Database>, name: string): Promise<Person> {
  for (const id of personIds(name)) {
    if (await readDocument(db, 'person', id)) continue
    return { id, name, class: 'employee', active: true, groups: [administratorsGroup] }
  }
  throw new Error('the ids of people do not end')
}
