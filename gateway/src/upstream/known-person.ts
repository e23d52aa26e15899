// What an application hears of a person: the id always, and of the rest only what it asked for.
import type { Estate } from '@countersign/contract/estate'
import { uid } from '@countersign/contract/entities'
import type { Subject } from '@countersign/contract/request'
import type { PersonalClaim } from '@countersign/contract/upstream-identity'

export interface KnownPerson {
  readonly id: string
  readonly name: string
  readonly email?: string
  /** Ids of the groups asked for that the person is in, directly or through another. */
  readonly groups: readonly string[]
}

/** The person who asks; undefined for anyone who is none. */
export function knownPerson(
  subject: Subject,
  estate: Estate,
  groupsAskedFor: readonly string[] = [],
): KnownPerson | undefined {
  if (subject.kind !== 'person') return undefined
  const person = estate.get('person', subject.session.person)
  if (!person) return undefined
  const { entities } = estate
  const self = entities.find(uid('person', person.id))
  return {
    id: person.id,
    name: person.name,
    ...(person.email === undefined ? {} : { email: person.email }),
    groups: groupsAskedFor.filter((id) => {
      const group = entities.find(uid('group', id))
      return self !== undefined && group !== undefined && entities.isIn(self, group)
    }),
  }
}

/** The claims of an assertion that were asked for, in one order. */
export function claimsOf(
  person: KnownPerson | undefined,
  asked: readonly PersonalClaim[] = [],
): Readonly<Record<string, string | readonly string[]>> {
  if (!person) return {}
  const { name, email, groups } = person
  return {
    ...(asked.includes('name') ? { name } : {}),
    ...(asked.includes('email') && email !== undefined ? { email } : {}),
    ...(asked.includes('groups') ? { groups } : {}),
  }
}
