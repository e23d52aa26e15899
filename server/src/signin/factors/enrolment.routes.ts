// Administrators issue links with which people enrol. Nobody issues one for themself, and one for an
// administrator takes two, because whoever holds it becomes that administrator.
import { factorsApi } from '@countersign/contract/api/factors'
import { isPresent } from '@countersign/contract/estate'
import { problem } from '@countersign/contract/problems'
import type { Kysely } from 'kysely'
import { actorOf, type Caller } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { actorPerson, sourceOf } from '#signin/entrance'
import { anyHasPasskey, passkeysOf } from '#signin/passkey.store'
import { administratorsOf } from '#signin/people'
import { takeTurn } from '#signin/turn.store'
import type { Database } from '#store/database'
import {
  type Enrolment,
  enrolmentKind,
  enrolmentMaxAgeMs,
  enrolmentUrl,
  newEnrolment,
} from './enrolment.ts'
import { readEnrolment, readEnrolments, withoutEnrolments } from './enrolment.store.ts'
import { recoveryOf, recoveryWaitsUntil } from './recovery.store.ts'
import { refuseOneself, refuseSamePerson } from './second-person.ts'

export function enrolmentRoutes(deps: SigninDependencies): readonly Implementation[] {
  const { store, ledger, settings } = deps
  return [
    implement(factorsApi.enrolments, async (_, { now }) => ({
      enrolments: (await readEnrolments(store.db))
        .filter(({ endsAt }) => endsAt > now)
        .map((it) => summaryOf(deps, it)),
    })),

    implement(factorsApi.enrol, async ({ body: { person, validMinutes } }, exchange) => {
      const { caller, now, reply } = exchange
      const issuedBy = actorOf(caller)
      if (!isPresent(ledger.estate.get('person', person), now)) {
        throw problem('identity.not_found', `no person who is present has the id \`${person}\``)
      }
      refuseOneself(issuedBy, person)
      let made: ReturnType<typeof newEnrolment> | undefined
      const { sequence } = await ledger.write(issuedBy, async (tx) => {
        await takeTurn(tx)
        if ((await passkeysOf(tx, person)).length > 0) {
          throw problem(
            'request.conflict',
            `\`${person}\` has a passkey already: start a recovery, if it is lost`,
          )
        }
        // Whoever cannot wait for the link of a recovery gets no other one beside it.
        if (await recoveryOf(tx, person, now)) {
          throw problem(
            'request.conflict',
            `a recovery of \`${person}\` is under way: wait for its link, or cancel it`,
          )
        }
        const waiting = await needsSecond(deps, tx, caller, person, now)
        const event = 'identity.enrolment.issued'
        made = newEnrolment(
          { person, waiting, issuedBy },
          {
            opensAt: Math.max(now, await recoveryWaitsUntil(tx, person)),
            validMs: validMinutes === undefined ? enrolmentMaxAgeMs : validMinutes * 60_000,
          },
          sourceOf(deps, exchange),
        )
        return [
          ...(await withoutEnrolments(tx, person, event)),
          { event, kind: enrolmentKind, id: made.document.id, after: made.document },
        ]
      })
      if (!made) throw new Error('a link was recorded that nobody made')
      reply.sequence(sequence)
      const { id, waiting, opensAt, endsAt } = made.document
      const url = enrolmentUrl(settings.publicUrl, made.secret)
      return { id, url, state: waiting ? ('waiting' as const) : ('open' as const), opensAt, endsAt }
    }),

    implement(factorsApi.confirmEnrolment, async ({ params }, { caller, now, reply }) => {
      const confirmedBy = actorOf(caller)
      let confirmed: Enrolment | undefined
      const { sequence } = await ledger.write(confirmedBy, async (tx) => {
        await takeTurn(tx)
        const found = await readEnrolment(tx, params.enrolment)
        if (!found?.waiting || found.endsAt <= now) throw problem('identity.enrolment_not_found')
        refuseSamePerson(confirmedBy, found.issuedBy, found.person)
        confirmed = { ...found, waiting: false, confirmedBy }
        return [
          {
            event: 'identity.enrolment.confirmed',
            kind: enrolmentKind,
            id: found.id,
            after: confirmed,
          },
        ]
      })
      if (!confirmed) throw new Error('a confirmation was recorded that nobody gave')
      reply.sequence(sequence)
      return summaryOf(deps, confirmed)
    }),

    implement(factorsApi.revokeEnrolment, async ({ params }, { caller, reply }) => {
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        await takeTurn(tx)
        const found = await readEnrolment(tx, params.enrolment)
        if (!found) throw problem('identity.enrolment_not_found')
        const event = 'identity.enrolment.revoked'
        return [{ event, kind: enrolmentKind, id: found.id, after: null }]
      })
      reply.sequence(sequence)
      return {}
    }),
  ]
}

/**
 * Whether a link for this person takes a second administrator. Whoever operates the machine may do
 * without where no other administrator could sign in to confirm it: somebody has to be the first.
 */
async function needsSecond(
  { ledger }: SigninDependencies,
  db: Kysely<Database>,
  caller: Caller,
  person: string,
  now: number,
): Promise<boolean> {
  const administrators = administratorsOf(ledger.estate, now).map(({ id }) => id)
  if (!administrators.includes(person)) return false
  const others = administrators.filter((id) => id !== person && actorPerson(id) !== actorOf(caller))
  return caller.kind !== 'operator' || (await anyHasPasskey(db, others))
}

function summaryOf({ ledger }: SigninDependencies, it: Enrolment) {
  const { id, person, recovery, waiting, issuedAt, issuedBy, confirmedBy, opensAt, endsAt } = it
  return {
    id,
    person,
    name: ledger.estate.get('person', person)?.name ?? person,
    purpose: recovery === undefined ? ('first' as const) : ('recovery' as const),
    state: waiting ? ('waiting' as const) : ('open' as const),
    issuedAt,
    issuedBy,
    ...(confirmedBy === undefined ? {} : { confirmedBy }),
    opensAt,
    endsAt,
  }
}
