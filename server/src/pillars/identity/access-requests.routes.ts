// Asking for access and answering, over the API: everyone about themselves, and owners about their
// groups.
import { type AccessRequest, accessRequest } from '@countersign/contract/access-request'
import {
  accessRequestsApi,
  type ShownAccessRequest,
} from '@countersign/contract/api/access-requests'
import type { Estate } from '@countersign/contract/estate'
import { problem } from '@countersign/contract/problems'
import type { Kysely } from 'kysely'
import { actorOf } from '#http/caller'
import type { Dependencies } from '#http/dependencies'
import { type Exchange, implement, type Implementation } from '#http/implement'
import { readDocument, readDocuments } from '#journal/documents.store'
import type { Draft } from '#journal/journal.store'
import { readDecision } from '#pillars/visibility/decisions.store'
import { requiredSession } from '#signin/entrance'
import type { Database } from '#store/database'
import {
  accessRequestKind,
  answering,
  asking,
  isOpen,
  mayTakeIn,
  offerOf,
  refusalOf,
} from './access-requests.ts'

type Deps = Pick<Dependencies, 'ledger' | 'store' | 'settings'>

export function accessRequestRoutes(deps: Deps): readonly Implementation[] {
  const { ledger, store, settings } = deps
  const { estate } = ledger
  const write = async (
    { caller, reply }: Exchange,
    drafts: (db: Kysely<Database>) => Promise<readonly Draft[]>,
  ): Promise<ShownAccessRequest> => {
    let id = ''
    const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
      const made = await drafts(tx)
      id = made.find(({ kind }) => kind === accessRequestKind)?.id ?? ''
      return made
    })
    reply.sequence(sequence)
    const written = await requestById(store.db, id)
    if (!written) throw problem('identity.access_request_not_found')
    return shownWith(written, estate, Infinity)
  }

  return [
    implement(accessRequestsApi.accessOffers, async ({ query }, { caller, now }) => {
      const { person } = requiredSession(caller)
      const record = await readDecision(store.db, query.decision)
      const { application, offers } = refusalOf(record, person, estate, now)
      return {
        application: { id: application, name: nameOf(estate, 'application', application) },
        groups: offers.map(({ group, owner }) => ({
          group: { id: group.id, name: group.name },
          owner: { id: owner.id, name: owner.name },
        })),
      }
    }),

    implement(accessRequestsApi.requestAccess, async ({ body }, exchange) => {
      const { caller, now } = exchange
      const { person } = requiredSession(caller)
      const refusal = refusalOf(await readDecision(store.db, body.decision), person, estate, now)
      return write(exchange, async (tx) => {
        const theirs = (await allRequests(tx)).filter((it) => it.person === person)
        const after = asking({ ...body, person, refusal, now, theirs })
        return [
          { event: 'identity.access-request.made', kind: accessRequestKind, id: after.id, after },
        ]
      })
    }),

    implement(accessRequestsApi.accessRequests, async (_, { caller, now }) => {
      const { person } = requiredSession(caller)
      const all = (await allRequests(store.db)).toSorted((a, b) => b.askedAt - a.askedAt)
      const show = (it: AccessRequest): ShownAccessRequest => shownWith(it, estate, now)
      return {
        mine: all.filter((it) => it.person === person).map(show),
        toAnswer: all
          .filter(
            (it) =>
              isOpen(it, now) && offerOf(it.group, it.person, estate, now)?.owner.id === person,
          )
          .map(show),
      }
    }),

    implement(accessRequestsApi.answerAccessRequest, async ({ params, body }, exchange) => {
      const { caller, now } = exchange
      const { person: by, authentication } = requiredSession(caller)
      const moment = { isDemo: settings.demo, now }
      return write(exchange, async (tx) => {
        const request = await requestById(tx, params.request)
        const drafts = answering(request, body, { by, estate, now })
        const isTakenIn = request !== undefined && body.kind === 'approve'
        if (isTakenIn && !mayTakeIn(request.group, authentication, estate, moment)) {
          throw problem(
            'access.step_up_required',
            'sign in again with a passkey, before you take somebody in',
          )
        }
        return drafts
      })
    }),

    implement(accessRequestsApi.withdrawAccessRequest, async ({ params }, exchange) => {
      const { caller, now } = exchange
      const { person } = requiredSession(caller)
      return write(exchange, async (tx) => {
        const request = await requestById(tx, params.request)
        if (request?.person !== person) throw problem('identity.access_request_not_found')
        if (!isOpen(request, now)) throw problem('request.conflict', 'this is answered, or over')
        const after: AccessRequest = {
          ...request,
          answer: { kind: 'withdrawn', at: now, by: person },
        }
        return [
          {
            event: 'identity.access-request.withdrawn',
            kind: accessRequestKind,
            id: request.id,
            after,
          },
        ]
      })
    }),
  ]
}

async function requestById(db: Kysely<Database>, id: string): Promise<AccessRequest | undefined> {
  const found = await readDocument(db, accessRequestKind, id)
  return found && accessRequest.parse(found)
}

async function allRequests(db: Kysely<Database>): Promise<readonly AccessRequest[]> {
  return (await readDocuments(db, accessRequestKind)).map((it) => accessRequest.parse(it))
}

/** With names; one past its end says so, though the sweep has not come by. */
function shownWith(request: AccessRequest, estate: Estate, now: number): ShownAccessRequest {
  const { person, group, application, answer, expiresAt, ...rest } = request
  const owner = estate.get('group', group)?.owner
  const isOver = answer === undefined && Number.isFinite(now) && expiresAt <= now
  return {
    ...rest,
    expiresAt,
    person: { id: person, name: nameOf(estate, 'person', person) },
    group: { id: group, name: nameOf(estate, 'group', group) },
    application: { id: application, name: nameOf(estate, 'application', application) },
    ...(owner === undefined ? {} : { owner: { id: owner, name: nameOf(estate, 'person', owner) } }),
    ...(isOver ? { answer: { kind: 'expired', at: expiresAt } } : answer ? { answer } : {}),
  }
}

function nameOf(estate: Estate, kind: 'person' | 'group' | 'application', id: string): string {
  return estate.get(kind, id)?.name ?? id
}
