// From the words of AuthZEN to a question for the policies. Subjects and resources are entities of
// the estate, by their Cedar types; what is not there can be granted nothing.
import { actions } from '@countersign/contract/actions'
import type { EvaluationContext, EvaluationRequest } from '@countersign/contract/authzen'
import type { Session } from '@countersign/contract/documents'
import { entityTypes } from '@countersign/contract/entities'
import { type Estate, isPresent, type Question } from '@countersign/contract/estate'
import type { Circumstances, Subject } from '@countersign/contract/request'

type Named = Pick<EvaluationRequest['subject'], 'type' | 'id'>

/** The question, or why it can only be answered with no. */
export function questionOf(
  { subject, action, resource, context }: EvaluationRequest,
  estate: Estate,
  now: number,
): Question | string {
  const known = subjectOf(subject, estate, now)
  if (!known) return 'there is no such subject, or its session or account is over'
  if (!isResource(resource, estate)) return 'there is no such resource'
  if (!actionsOn(resource.type, subject.type).includes(action.name)) {
    return 'there is no such action of this subject on this resource'
  }
  const { type, id } = resource
  return {
    subject: known,
    action: action.name,
    resource: { type, id },
    circumstances: circumstancesOf(context),
    now,
  }
}

/** The actions that are made for this type of resource and of subject. */
export function actionsOn(resourceType: string, subjectType: string): readonly string[] {
  return Object.entries(actions).flatMap(([name, row]) => {
    const takers: readonly string[] = row.appliesTo
    return row.resource === resourceType && takers.includes(subjectType) ? [name] : []
  })
}

const resourceKinds = { Application: 'application', Host: 'host', Dataset: 'dataset' } as const
const subjectKinds = { Person: 'person', Workload: 'workload' } as const

/** Ids of everything of a type, in order; none for a type that is no resource or subject. */
export function idsOf(type: string, estate: Estate): readonly string[] {
  const kinds = { ...resourceKinds, ...subjectKinds }
  if (!isKeyOf(kinds, type)) return []
  return estate
    .all(kinds[type])
    .map(({ id }) => id)
    .sort((left, right) => (left < right ? -1 : 1))
}

function isResource({ type, id }: Named, estate: Estate): boolean {
  return isKeyOf(resourceKinds, type) && estate.get(resourceKinds[type], id) !== undefined
}

// Of a person we know what their session proves. Without one, nothing is known of sign-in or device,
// so that only a policy that asks for neither can permit.
function subjectOf(
  { type, id, properties }: EvaluationRequest['subject'],
  estate: Estate,
  now: number,
): Subject | undefined {
  switch (type) {
    case entityTypes.person: {
      const session = properties?.['session']
      if (session === undefined) {
        return isPresent(estate.get('person', id), now)
          ? { kind: 'person', session: noSession(id), device: undefined }
          : undefined
      }
      const found = estate.subjectOfSession(typeof session === 'string' ? session : '', now)
      return found.kind === 'person' && found.session.person === id ? found : undefined
    }
    case entityTypes.workload:
      return estate.get('workload', id)?.active === true ? { kind: 'workload', id } : undefined
    case 'Anonymous':
      return id === 'anonymous' ? { kind: 'anonymous' } : undefined
    default:
      return undefined
  }
}

/** A sign-in of the year 1970: too old to be any fact. */
function noSession(person: string): Session {
  return {
    id: '',
    person,
    startedAt: 0,
    endsAt: 0,
    authentication: {
      method: 'password',
      phishingResistant: false,
      observedAt: 0,
      provenance: 'self-reported',
    },
  }
}

/** What a policy sees where the caller does not say: an address that belongs to nobody. */
const unknownAddress = '0.0.0.0'

function circumstancesOf(context: EvaluationContext): Circumstances {
  return {
    protocol: 'api',
    method: context?.method ?? '',
    host: context?.host ?? '',
    path: context?.path ?? '',
    address: context?.address ?? unknownAddress,
  }
}

function isKeyOf<T extends object>(table: T, key: string): key is keyof T & string {
  return Object.hasOwn(table, key)
}
