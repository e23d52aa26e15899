// Some steps take two people. Neither of them is the person it is about, and nobody is both.
import { problem, type Problem } from '@countersign/contract/problems'
import { actorPerson } from '#signin/entrance'

/**
 * Refuses to do this for oneself.
 * @throws identity.second_person
 */
export function refuseOneself(actor: string, person: string): void {
  if (actor === actorPerson(person)) {
    throw secondPerson('nobody does this for themself: ask another administrator')
  }
}

/**
 * Refuses to confirm what one began, and what is about oneself.
 * @throws identity.second_person
 */
export function refuseSamePerson(actor: string, began: string, person: string): void {
  refuseOneself(actor, person)
  if (actor === began) {
    throw secondPerson('whoever began this does not confirm it: ask another administrator')
  }
}

function secondPerson(detail: string): Problem {
  return problem('identity.second_person', detail)
}
