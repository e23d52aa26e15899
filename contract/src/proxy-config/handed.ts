// What an application is told of the answer to a check: under which name there, and where it stands
// in the answer. What is not in an answer must not reach the application either.
import { authorizationHeader, cookieHeader } from '../external.ts'
import { assertionHeader } from '../session.ts'
import type { Site } from './plan.ts'

export interface Handed {
  /** The name at the application, in lower case. */
  readonly name: string
  /** The name in the answer. */
  readonly from: string
}

/** The client's own headers, of which the gateway keeps back what is meant for itself. */
export const returned: readonly Handed[] = [
  { name: 'cookie', from: cookieHeader },
  { name: 'authorization', from: authorizationHeader },
]

/** Our word: the assertion, and the plain headers for which an application asked. */
export function said({ identity }: Pick<Site, 'identity'>): readonly Handed[] {
  return [assertionHeader, ...identity].map((name) => ({ name, from: name }))
}
