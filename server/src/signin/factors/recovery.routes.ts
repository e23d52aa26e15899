// The lost device: the person or the help desk starts a recovery, and another person confirms that
// it is really them. What is lost stops working at that moment; the link opens after a wait, in
// which the person, should they be somebody else's victim, hears of it and stops it.
import { factorsApi } from '@countersign/contract/api/factors'
import { isPresent } from '@countersign/contract/estate'
import { problem } from '@countersign/contract/problems'
import type { Transaction } from 'kysely'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Exchange, type Implementation, implement } from '#http/implement'
import type { Draft } from '#journal/journal.store'
import { requiredSession, sourceOf } from '#signin/entrance'
import { passkeysOf } from '#signin/passkey.store'
import { administratorsOf } from '#signin/people'
import { takeTurn } from '#signin/turn.store'
import type { Database } from '#store/database'
import { enrolmentKind, enrolmentMaxAgeMs, enrolmentUrl, newEnrolment } from './enrolment.ts'
import { withoutEnrolments } from './enrolment.store.ts'
import { readFactorsPolicy } from './factors-policy.store.ts'
import { mayChangeFactors, strongSignInNeeded } from './may-change.ts'
import { confirmed, isUnderWay, newRecovery, type Recovery, recoveryKind } from './recovery.ts'
import {
  readRecoveries,
  readRecovery,
  recoveryCancelled,
  recoveryOf,
  withoutPasskeys,
} from './recovery.store.ts'
import { recoverySummary } from './recovery-summary.ts'
import { refuseOneself, refuseSamePerson } from './second-person.ts'

type Link = {
  readonly id: string
  readonly url: string
  readonly state: 'open'
  readonly opensAt: number
  readonly endsAt: number
}

export function recoveryRoutes(deps: SigninDependencies): readonly Implementation[] {
  const { store, ledger, settings } = deps
  const { estate } = ledger

  const start = async (
    person: string,
    lost: readonly string[],
    exchange: Exchange,
  ): Promise<Recovery> => {
    const { caller, now, reply } = exchange
    const startedBy = actorOf(caller)
    let made: Recovery | undefined
    const { sequence } = await ledger.write(startedBy, async (tx) => {
      await takeTurn(tx)
      if (await recoveryOf(tx, person, now)) {
        throw problem('request.conflict', 'a recovery is under way already: confirm or cancel it')
      }
      const passkeys = await passkeysOf(tx, person)
      const named = lost.map((id) => {
        const found = passkeys.find((it) => it.id === id)
        if (!found) throw problem('identity.passkey_not_found')
        return { id, name: found.name }
      })
      made = newRecovery({ person, startedBy, lost: named }, sourceOf(deps, exchange))
      return [{ event: 'identity.recovery.started', kind: recoveryKind, id: made.id, after: made }]
    })
    if (!made) throw new Error('a recovery was recorded that nobody started')
    reply.sequence(sequence)
    return made
  }

  const confirm = async (
    id: string,
    exchange: Exchange,
    mayConfirm: (it: Recovery) => boolean,
  ): Promise<Link> => {
    const { caller, now, reply } = exchange
    const confirmedBy = actorOf(caller)
    let link: Link | undefined
    const { sequence } = await ledger.write(confirmedBy, async (tx) => {
      await takeTurn(tx)
      const found = await readRecovery(tx, id)
      if (!found || !isUnderWay(found, now) || !mayConfirm(found)) {
        throw problem('identity.recovery_not_found')
      }
      const { person } = found
      refuseSamePerson(confirmedBy, found.startedBy, person)
      const opensAt = now + (await readFactorsPolicy(tx)).recoveryWaitMinutes * 60_000
      const { secret, document } = newEnrolment(
        { person, recovery: id, waiting: false, issuedBy: confirmedBy },
        { opensAt, validMs: enrolmentMaxAgeMs },
        sourceOf(deps, exchange),
      )
      const { endsAt } = document
      const after = confirmed(found, confirmedBy, { now, opensAt, endsAt })
      const url = enrolmentUrl(settings.publicUrl, secret)
      link = { id: document.id, url, state: 'open', opensAt, endsAt }
      const event = 'identity.recovery.confirmed'
      return [
        { event, kind: recoveryKind, id, after },
        ...(await withoutEnrolments(tx, person, event)),
        { event, kind: enrolmentKind, id: document.id, after: document },
        ...(await lostDrafts(tx, found)),
      ]
    })
    if (!link) throw new Error('a confirmation was recorded that nobody gave')
    reply.sequence(sequence)
    return link
  }

  const manages = (manager: string, person: string): boolean =>
    estate.get('person', person)?.manager === manager

  return [
    implement(factorsApi.startMyRecovery, async ({ body }, exchange) => {
      const { person } = requiredSession(exchange.caller)
      return recoverySummary(estate, await start(person, body.lost, exchange))
    }),

    implement(factorsApi.startRecovery, async ({ body: { person, lost } }, exchange) => {
      if (!isPresent(estate.get('person', person), exchange.now)) {
        throw problem('identity.not_found', `no person who is present has the id \`${person}\``)
      }
      refuseOneself(actorOf(exchange.caller), person)
      return recoverySummary(estate, await start(person, lost, exchange))
    }),

    implement(factorsApi.cancelMyRecovery, async (_, { caller, now, reply }) => {
      const { person, authentication } = requiredSession(caller)
      if (!mayChangeFactors(authentication, { isDemo: settings.demo, now })) {
        throw strongSignInNeeded()
      }
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        await takeTurn(tx)
        return someOrNotFound(await recoveryCancelled(tx, person, now))
      })
      reply.sequence(sequence)
      return {}
    }),

    implement(factorsApi.cancelRecovery, async ({ params }, { caller, now, reply }) => {
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        await takeTurn(tx)
        const found = await readRecovery(tx, params.recovery)
        if (!found || !isUnderWay(found, now)) throw problem('identity.recovery_not_found')
        return recoveryCancelled(tx, found.person, now, actorOf(caller))
      })
      reply.sequence(sequence)
      return {}
    }),

    implement(factorsApi.recoveries, async () => ({
      recoveries: (await readRecoveries(store.db)).map((it) => recoverySummary(estate, it)),
    })),

    implement(factorsApi.reportsRecoveries, async (_, { caller, now }) => {
      const { person } = requiredSession(caller)
      const found = await readRecoveries(store.db)
      return {
        recoveries: found
          .filter((it) => isUnderWay(it, now) && manages(person, it.person))
          .map((it) => recoverySummary(estate, it)),
      }
    }),

    implement(factorsApi.confirmReportsRecovery, async ({ params }, exchange) => {
      const { person, authentication } = requiredSession(exchange.caller)
      if (!mayChangeFactors(authentication, { isDemo: settings.demo, now: exchange.now })) {
        throw strongSignInNeeded()
      }
      // Whoever recovers an administrator becomes one, so that takes an administrator.
      const administrators = new Set(administratorsOf(estate, exchange.now).map(({ id }) => id))
      return confirm(
        params.recovery,
        exchange,
        (it) => manages(person, it.person) && !administrators.has(it.person),
      )
    }),

    implement(factorsApi.confirmRecovery, async ({ params }, exchange) =>
      confirm(params.recovery, exchange, () => true),
    ),
  ]
}

// Every session ends that no remaining passkey vouches for: who has the device may have used it to
// get a session in any of the other ways, too.
async function lostDrafts(
  tx: Transaction<Database>,
  { person, lost }: Recovery,
): Promise<readonly Draft[]> {
  return withoutPasskeys(tx, person, new Set(lost.map(({ id }) => id)), {
    event: 'identity.passkey.removed',
    ends: 'unvouched',
  })
}

function someOrNotFound(drafts: readonly Draft[]): readonly Draft[] {
  if (drafts.length === 0) throw problem('identity.recovery_not_found')
  return drafts
}
