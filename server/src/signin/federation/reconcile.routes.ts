// The people whom one side knows and the other does not, and what administrators decide about them.
import {
  federationApi,
  type ProviderLink,
  type Unmatched,
} from '@countersign/contract/api/federation'
import { isPresent } from '@countersign/contract/estate'
import { problem } from '@countersign/contract/problems'
import type { Transaction } from 'kysely'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { administratorsGroup } from '#policies/names'
import { actorPerson } from '#signin/entrance'
import { isMember } from '#signin/people'
import { takeTurn } from '#signin/turn.store'
import type { Database } from '#store/database'
import { linked } from './arrive.store.ts'
import { authorityOf, unmatchedKind } from './provider.ts'
import { linksOf, pageOfLinks, readProviders, signedInPairs } from './provider.store.ts'
import { listUnmatched, readUnmatched } from './unmatched.store.ts'

/** What answers the part of `federationApi` that is about who is known where. */
export function reconcileRoutes({ store, ledger }: SigninDependencies): readonly Implementation[] {
  const known = async (tx: Transaction<Database>, id: string): Promise<Unmatched> => {
    await takeTurn(tx)
    const found = await readUnmatched(tx, id)
    if (!found) throw problem('identity.unmatched_not_found')
    return found
  }
  return [
    implement(federationApi.links, async ({ query }) => pageOfLinks(store.db, query)),

    implement(federationApi.unmatched, async ({ query }) => listUnmatched(store.db, query)),

    implement(federationApi.linkUnmatched, async ({ params, body }, { caller, now, reply }) => {
      let link: ProviderLink | undefined
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        const { id, provider, subject } = await known(tx, params.unmatched)
        const person = ledger.estate.get('person', body.person)
        if (!person) throw problem('identity.not_found', `no person has the id \`${body.person}\``)
        // Whoever is linked becomes them. Of an administrator only they say so, or the operator.
        const isOwn = actorOf(caller) === actorPerson(person.id)
        const isAdministrator = isMember(ledger.estate, person.id, administratorsGroup)
        if (isAdministrator && !isOwn && caller.kind !== 'operator') {
          throw problem(
            'identity.second_person',
            'an administrator is linked by themself, or by whoever operates the machine',
          )
        }
        const taken = (await linksOf(tx, person.id)).find((it) => it.provider === provider)
        if (taken && taken.id !== id) {
          throw problem(
            'request.conflict',
            `\`${person.id}\` is somebody else at \`${provider}\` already: take that link away first`,
          )
        }
        // Someone whose account is over can be linked already; they are let in once it counts again.
        link = taken ?? {
          id,
          provider,
          subject,
          person: person.id,
          linkedAt: now,
          by: 'administrator',
        }
        return linked(tx, link)
      })
      if (!link) throw new Error('a link was recorded that nobody made')
      reply.sequence(sequence)
      return link
    }),

    implement(federationApi.dismissUnmatched, async ({ params, body }, exchange) => {
      const { caller, now, reply } = exchange
      const by = actorOf(caller)
      let after: Unmatched | undefined
      const { sequence } = await ledger.write(by, async (tx) => {
        const found = await known(tx, params.unmatched)
        after = { ...found, dismissed: { at: now, by, reason: body.reason } }
        return [{ event: 'identity.unmatched.dismissed', kind: unmatchedKind, id: found.id, after }]
      })
      if (!after) throw new Error('a decision was recorded that nobody made')
      reply.sequence(sequence)
      return after
    }),

    implement(federationApi.neverArrived, async ({ query }, { now }) => {
      const { search, after = '', limit } = query
      const providers = await readProviders(store.db)
      const arrived = await signedInPairs(store.db)
      const words = search?.toLowerCase()
      const missing = ledger.estate
        .all('person')
        .filter((person) => isPresent(person, now))
        .flatMap(({ id, name, email }) => {
          const provider = email === undefined ? undefined : authorityOf(providers, email)
          return email === undefined || !provider || arrived.has(`${provider.id} ${id}`)
            ? []
            : { person: id, name, email, provider: provider.id }
        })
        .filter(
          ({ person, name }) =>
            words === undefined || `${person} ${name}`.toLowerCase().includes(words),
        )
        .toSorted((a, b) => (a.person < b.person ? -1 : 1))
      const rest = missing.filter(({ person }) => person > after)
      const items = rest.slice(0, limit)
      const last = items.at(-1)
      return {
        items,
        total: missing.length,
        ...(last && rest.length > items.length ? { next: last.person } : {}),
      }
    }),
  ]
}
