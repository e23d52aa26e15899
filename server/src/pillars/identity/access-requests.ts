// The rules of asking for access: what a refusal entitles to ask, who may answer, and what an answer
// does. Nobody answers themselves, and a membership with an end has one.
import { createHash } from 'node:crypto'
import {
  type AccessRequest,
  accessRequestMaxAgeMs,
  type Membership,
  membershipMaxAgeMs,
  openRequestsMaxCount,
  refusalMaxAgeMs,
} from '@countersign/contract/access-request'
import type { DecisionRecord } from '@countersign/contract/decision'
import type { Authentication, Group, Person } from '@countersign/contract/documents'
import { entityTypes, uid } from '@countersign/contract/entities'
import { type Estate, isPresent } from '@countersign/contract/estate'
import { problem } from '@countersign/contract/problems'
import type { Draft } from '#journal/journal.store'
import { administratorsGroup } from '#policies/names'
import { mayChangeFactors, type Moment } from '#signin/factors/may-change'

export const accessRequestKind = 'access-request'
export const membershipKind = 'membership'

export interface Offer {
  readonly group: Group
  readonly owner: Person
}

/** What a refusal was about, and whom the person may ask because of it. */
export interface Refusal {
  readonly application: string
  readonly offers: readonly Offer[]
}

/**
 * What a recorded refusal of this person entitles them to ask.
 * @throws `identity.access_request_unfounded` where it is no refusal of theirs, too old, or none
 * that was found to turn with a membership.
 */
export function refusalOf(
  record: DecisionRecord | undefined,
  person: string,
  estate: Estate,
  now: number,
): Refusal {
  const isTheirs =
    record !== undefined &&
    record.principal.type === entityTypes.person &&
    record.principal.id === person
  // Somebody else's decision is as little there as none.
  if (!isTheirs) throw unfounded('there is no such refusal of yours')
  if (record.verdict === 'allow') throw unfounded('that access was allowed')
  if (now - record.at > refusalMaxAgeMs) throw unfounded('that refusal is more than a day old')
  const groups = (record.remedies?.found ?? [])
    .flat()
    .flatMap((act) => (act.kind === 'grant' ? [act.group] : []))
  const offers = [...new Set(groups)].flatMap((id) => offerOf(id, person, estate, now) ?? [])
  if (offers.length === 0) throw unfounded('no owner of a group could turn that refusal')
  return { application: record.resource.id, offers }
}

/** A group with an owner who is here and is somebody else; undefined where there is none. */
export function offerOf(
  id: string,
  person: string,
  estate: Estate,
  now: number,
): Offer | undefined {
  const group = estate.get('group', id)
  const owner = group?.owner === undefined ? undefined : estate.get('person', group.owner)
  return group && owner && owner.id !== person && isPresent(owner, now)
    ? { group, owner }
    : undefined
}

export interface Asked {
  readonly person: string
  readonly group: string
  readonly refusal: Refusal
  readonly decision: string
  readonly reason: string
  readonly now: number
  /** All questions of this person, answered ones among them. */
  readonly theirs: readonly AccessRequest[]
}

/** The question. @throws `Problem` where it may not be asked. */
export function asking({
  person,
  group,
  refusal,
  decision,
  reason,
  now,
  theirs,
}: Asked): AccessRequest {
  if (!refusal.offers.some((offer) => offer.group.id === group)) {
    throw unfounded(`\`${group}\` is no group whose owner could turn that refusal`)
  }
  const open = theirs.filter((it) => isOpen(it, now))
  if (open.some((it) => it.group === group)) {
    throw problem(
      'request.conflict',
      'you have asked for this already, and nobody has answered yet',
    )
  }
  if (open.length >= openRequestsMaxCount) throw problem('identity.access_request_limit')
  return {
    id: requestId(person, group),
    person,
    group,
    application: refusal.application,
    decision,
    reason,
    askedAt: now,
    expiresAt: now + accessRequestMaxAgeMs,
  }
}

/** Whether it waits for an answer. `now` is milliseconds since the epoch, here and below. */
export function isOpen({ answer, expiresAt }: AccessRequest, now: number): boolean {
  return answer === undefined && expiresAt > now
}

export type Answer =
  | {
      readonly kind: 'approve'
      readonly reason?: string | undefined
      readonly endsAt?: number | undefined
    }
  | { readonly kind: 'decline'; readonly reason: string }

/**
 * What an answer changes.
 * @throws `identity.access_request_not_found` where the question is not theirs to answer,
 * `request.conflict` where it is answered or over, `request.malformed` where the end is none.
 */
export function answering(
  request: AccessRequest | undefined,
  answer: Answer,
  { by, estate, now }: { readonly by: string; readonly estate: Estate; readonly now: number },
): readonly Draft[] {
  const offer = request && offerOf(request.group, request.person, estate, now)
  if (!request || offer?.owner.id !== by) throw problem('identity.access_request_not_found')
  if (!isOpen(request, now)) throw problem('request.conflict', 'this is answered, or over')
  const event = 'identity.access-request.answered'
  const { reason } = answer
  const said = { at: now, by, ...(reason === undefined ? {} : { reason }) }
  if (answer.kind === 'decline') {
    const after: AccessRequest = { ...request, answer: { kind: 'declined', ...said } }
    return [{ event, kind: accessRequestKind, id: request.id, after }]
  }
  const { endsAt } = answer
  if (endsAt !== undefined && (endsAt <= now || endsAt - now > membershipMaxAgeMs)) {
    throw problem('request.malformed', 'the end is not within the coming year')
  }
  const person = estate.get('person', request.person)
  if (!person || !isPresent(person, now)) {
    throw problem('request.conflict', 'whoever asked is not here any more')
  }
  if (person.groups.includes(request.group)) {
    throw problem('request.conflict', 'they are in the group already')
  }
  const until = endsAt === undefined ? {} : { endsAt }
  const given: Membership = {
    id: request.id,
    person: request.person,
    group: request.group,
    givenBy: by,
    givenAt: now,
    request: request.id,
    ...until,
  }
  const granted = 'identity.membership.granted'
  return [
    {
      event,
      kind: accessRequestKind,
      id: request.id,
      after: {
        ...request,
        answer: { kind: 'approved', ...said, ...until },
      } satisfies AccessRequest,
    },
    { event: granted, kind: membershipKind, id: given.id, after: given },
    {
      event: granted,
      kind: 'person',
      id: person.id,
      after: { ...person, groups: [...person.groups, request.group] },
    },
  ]
}

/**
 * Whether whoever signed in like this may take somebody into a group: not with a recovery code, which
 * opens nothing to anybody, and among the administrators as whatever administrators change.
 */
export function mayTakeIn(
  group: string,
  authentication: Authentication,
  { entities }: Pick<Estate, 'entities'>,
  moment: Moment,
): boolean {
  const given = entities.find(uid('group', group))
  const administrators = entities.find(uid('group', administratorsGroup))
  const isAdministration =
    group === administratorsGroup ||
    (given !== undefined && administrators !== undefined && entities.isIn(given, administrators))
  return isAdministration
    ? mayChangeFactors(authentication, moment)
    : authentication.method !== 'recovery-code'
}

/** How long an answered question is shown, in milliseconds. */
const shownMaxAgeMs = 90 * 86_400_000

/** What time does: questions end that nobody answered, memberships that had an end. */
export function overdue(
  requests: readonly AccessRequest[],
  memberships: readonly Membership[],
  estate: Estate,
  now: number,
): readonly Draft[] {
  return [
    ...requests.flatMap((it) => requestOverdue(it, now)),
    ...membershipsOver(memberships, estate, now),
  ]
}

function requestOverdue(request: AccessRequest, now: number): readonly Draft[] {
  const { answer, expiresAt, id } = request
  const event = 'identity.access-request.expired'
  if (answer === undefined && expiresAt <= now) {
    const after: AccessRequest = { ...request, answer: { kind: 'expired', at: expiresAt } }
    return [{ event, kind: accessRequestKind, id, after }]
  }
  return answer !== undefined && now - answer.at > shownMaxAgeMs
    ? [{ event, kind: accessRequestKind, id, after: null }]
    : []
}

// A person may lose several at once, and is written once.
function membershipsOver(
  memberships: readonly Membership[],
  estate: Estate,
  now: number,
): readonly Draft[] {
  const event = 'identity.membership.ended'
  const over = memberships.filter(({ endsAt }) => endsAt !== undefined && endsAt <= now)
  const left = new Map<string, Set<string>>()
  for (const { person, group } of over) {
    left.set(person, (left.get(person) ?? new Set<string>()).add(group))
  }
  return [
    ...over.map(({ id }): Draft => ({ event, kind: membershipKind, id, after: null })),
    ...[...left].flatMap(([id, groups]): readonly Draft[] => {
      const person = estate.get('person', id)
      const kept = person?.groups.filter((group) => !groups.has(group))
      return person && kept && kept.length < person.groups.length
        ? [{ event, kind: 'person', id, after: { ...person, groups: kept } }]
        : []
    }),
  ]
}

// One question for a person and a group, whoever writes it at the same time.
function requestId(person: string, group: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([person, group]))
    .digest('hex')
  return `acr_${digest.slice(0, 32)}`
}

function unfounded(detail: string): Error {
  return problem('identity.access_request_unfounded', detail)
}
