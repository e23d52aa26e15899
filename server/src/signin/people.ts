// Who may be offered what before anyone is signed in: personas of the demo, and whether there is
// an administrator.
import type { Device, Person } from '@countersign/contract/documents'
import { uid } from '@countersign/contract/entities'
import { type Estate, isPresent } from '@countersign/contract/estate'
import { administratorsGroup } from '#policies/names'

/** The group of people whom a visitor of the demo may become. */
const personasGroup = 'personas'

/** Present people who are administrators, directly or through other groups. */
export function administratorsOf(estate: Estate, now: number): readonly Person[] {
  return membersOf(estate, administratorsGroup, now)
}

/** Present people one may become with a click, by id. Only the demo asks. */
export function personasOf(estate: Estate, now: number): readonly Person[] {
  return membersOf(estate, personasGroup, now).toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** Whether a person is one of the personas. */
export function isPersona(estate: Estate, person: string): boolean {
  return isMember(estate, person, personasGroup)
}

/** What the sign-in page says of a persona. */
export function personaOffer({ id, name, title, description, department }: Person): {
  readonly person: string
  readonly name: string
  readonly title: string
  readonly story: string
} {
  const role = title ?? 'works here'
  return {
    person: id,
    name,
    title: title ?? '',
    story: description ?? (department === undefined ? role : `${role}, ${department}`),
  }
}

/** The device someone in the demo is taken to sit at: the first of their own, by id. */
export function firstDeviceOf(estate: Estate, person: string): Device['id'] | undefined {
  let first: string | undefined
  for (const { id, owner } of estate.all('device')) {
    if (owner === person && (first === undefined || id < first)) first = id
  }
  return first
}

function membersOf(estate: Estate, group: string, now: number): readonly Person[] {
  return estate
    .all('person')
    .filter((person) => isPresent(person, now) && isMember(estate, person.id, group))
}

/** Whether a person is in a group, directly or through other groups. */
export function isMember({ entities }: Estate, person: string, group: string): boolean {
  const member = entities.find(uid('person', person))
  const whole = entities.find(uid('group', group))
  return member !== undefined && whole !== undefined && entities.isIn(member, whole)
}
