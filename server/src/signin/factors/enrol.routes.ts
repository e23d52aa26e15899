// Using a link: the person registers a passkey, and is signed in with it. The link is spent by the
// passkey that is registered and by nothing before, so a reload, a closed page or a second tab costs
// nobody their way in, and of two tabs one wins.
import { signinFactorsApi } from '@countersign/contract/api/signin-factors'
import type { Person } from '@countersign/contract/documents'
import { isPresent } from '@countersign/contract/estate'
import { type Problem, problem } from '@countersign/contract/problems'
import { tokenHash } from '@countersign/contract/session'
import type { Kysely } from 'kysely'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Exchange, type Implementation, implement } from '#http/implement'
import { admit } from '#signin/admission.store'
import { accepted, newChallenge } from '#signin/challenge'
import { keepChallenge, takeChallenge } from '#signin/challenge.store'
import {
  actorPerson,
  attemptKey,
  type Entrance,
  sessionOf,
  sourceOf,
  tooMany,
  welcome,
} from '#signin/entrance'
import { isMember } from '#signin/people'
import { authenticationWith, newPasskey, passkeyId, passkeyKind } from '#signin/passkey'
import { passkeysOf, readPasskey } from '#signin/passkey.store'
import { administratorsGroup } from '#policies/names'
import { newSecret } from '#signin/secrets'
import { registrationOptions, verifyRegistration } from '#signin/webauthn'
import type { Database } from '#store/database'
import { type Enrolment, isUsable } from './enrolment.ts'
import { readEnrolment, withoutEnrolments } from './enrolment.store.ts'
import { factorsDraft, readFactorsPolicy } from './factors-policy.store.ts'
import { ended, recoveryKind } from './recovery.ts'
import { readRecovery } from './recovery.store.ts'

interface Invited {
  readonly link: Enrolment
  readonly person: Person
}

export function enrolRoutes(
  deps: SigninDependencies,
  { rp, sites, failures }: Entrance,
): readonly Implementation[] {
  const { store, ledger, log } = deps

  const invited = async (
    db: Kysely<Database>,
    id: string,
    now: number,
  ): Promise<Invited | undefined> => {
    const link = await readEnrolment(db, id)
    const person = link && ledger.estate.get('person', link.person)
    if (!link || !person || !isPresent(person, now) || !isUsable(link, now)) return undefined
    // Who has become an administrator since the link was issued needs what administrators need.
    const isByOne = link.recovery === undefined && link.confirmedBy === undefined
    const isAdministrator = isMember(ledger.estate, person.id, administratorsGroup)
    if (isByOne && isAdministrator && link.issuedBy !== actorOf({ kind: 'operator' }))
      return undefined
    return { link, person }
  }

  // An address that tries many links is stopped; who has the right one is never counted.
  const refusal = ({ caller, now, requestId }: Exchange): Problem => {
    log.info({ requestId }, 'a link for enrolling was refused: it is unknown, over or not open')
    return failures.spend(attemptKey(caller), now) ? spent() : tooMany()
  }

  return [
    implement(signinFactorsApi.enrolChallenge, async ({ body }, exchange) => {
      const { now } = exchange
      const id = tokenHash(body.link)
      const found = await invited(store.db, id, now)
      if (!found) throw refusal(exchange)
      const { person } = found
      const passkeys = await passkeysOf(store.db, person.id)
      const source = sourceOf(deps, exchange)
      const userHandle = passkeys[0]?.userHandle ?? newSecret(source)
      const { challenge, kept } = newChallenge({ purpose: 'enrol', link: id, userHandle }, source)
      await keepChallenge(store.db, kept)
      const wish = { challenge, userHandle, name: person.email ?? person.name, passkeys }
      return { challenge, options: await registrationOptions(rp, wish), name: person.name }
    }),

    implement(signinFactorsApi.enrol, async ({ body }, exchange) => {
      const { caller, now, requestId } = exchange
      const id = tokenHash(body.link)
      const kept = await takeChallenge(store.db, tokenHash(body.challenge))
      const found = await invited(store.db, id, now)
      if (!found) throw refusal(exchange)
      const bound = accepted(kept, 'enrol', now)
      if (!bound || bound.link !== id) throw problem('signin.expired')
      const verified = await verifyRegistration(rp, body.challenge, body.response)
      if (verified.kind === 'refused') {
        log.info({ requestId, reason: verified.reason }, 'a registration was refused')
        throw problem('signin.failed')
      }
      const { made } = verified
      const actor = actorPerson(found.person.id)
      const admitted = await admit(ledger, sourceOf(deps, exchange), {
        actor,
        sessionId: sessionOf(caller)?.id,
        prove: async (tx) => {
          const still = await invited(tx, id, now)
          if (!still) throw spent()
          if (await readPasskey(tx, passkeyId(made.credential))) throw problem('signin.failed')
          const { link } = still
          const person = link.person
          const owner = { person, name: body.name, userHandle: bound.userHandle }
          const passkey = newPasskey(made, owner, now)
          const policy = await readFactorsPolicy(tx)
          const event = 'identity.enrolment.spent'
          const recovery = link.recovery && (await readRecovery(tx, link.recovery))
          return {
            arrival: {
              person,
              authentication: authenticationWith(passkey, policy, now),
              device: undefined,
              host: sites.publicUrl.hostname,
            },
            drafts: [
              ...(await withoutEnrolments(tx, person, event)),
              {
                event: 'identity.passkey.registered',
                kind: passkeyKind,
                id: passkey.id,
                after: passkey,
              },
              factorsDraft(person, [...(await passkeysOf(tx, person)), passkey], policy),
              ...(recovery
                ? [
                    {
                      event: 'identity.recovery.completed' as const,
                      kind: recoveryKind,
                      id: recovery.id,
                      after: ended(recovery, 'completed', actor, now),
                    },
                  ]
                : []),
            ],
          }
        },
      })
      welcome(exchange, admitted)
      return { next: '/' }
    }),
  ]
}

// The same words for a link that is unknown, used, revoked, over, or not open yet.
const spent = () => problem('signin.link_spent')
