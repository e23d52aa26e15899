// Who someone at a provider is here. Once linked, they are found by the provider's own name for
// them, which does not change hands as addresses do. Before that, only a word counts for which the
// provider is the authority, and only if it points at exactly one person.
import type { ProviderLink, UnmatchedReason } from '@countersign/contract/api/federation'
import type { Person } from '@countersign/contract/documents'
import { isPresent } from '@countersign/contract/estate'
import type { IdentityProvider } from '@countersign/contract/identity-provider'
import { speaksFor } from './provider.ts'
import type { Words } from './words.ts'

export type Correlated =
  | { readonly kind: 'person'; readonly person: Person; readonly by: ProviderLink['by'] }
  | {
      readonly kind: 'unknown'
      readonly reason: UnmatchedReason
      /** People who could be meant, for an administrator to choose from. */
      readonly candidates: readonly Person[]
    }

export interface Acquaintance {
  /** The link of exactly this subject. */
  readonly link: ProviderLink | undefined
  readonly people: readonly Person[]
  /** Whether a person is linked to another subject of this provider. */
  readonly isTaken: (person: string) => Promise<boolean>
  readonly now: number
}

/** Finds the person, or says why there is none. */
export async function correlate(
  provider: IdentityProvider,
  words: Words,
  { link, people, isTaken, now }: Acquaintance,
): Promise<Correlated> {
  if (link) {
    const person = people.find(({ id }) => id === link.person)
    return person && isPresent(person, now)
      ? { kind: 'person', person, by: link.by }
      : { kind: 'unknown', reason: 'inactive', candidates: person ? [person] : [] }
  }
  let nearest: Correlated = { kind: 'unknown', reason: 'no-match', candidates: [] }
  for (const by of provider.correlation) {
    const found = by === 'email' ? byEmail(provider, words, people) : byId(provider, words, people)
    if (found.kind === 'person') {
      const { person } = found
      const unknown = { kind: 'unknown', candidates: [person] } as const
      if (!isPresent(person, now)) return { ...unknown, reason: 'inactive' }
      // An address that was given to a newcomer must not open the account of who had it before.
      if (await isTaken(person.id)) return { ...unknown, reason: 'subject-changed' }
      return found
    }
    // Two people with one address are two people, whatever the next word says.
    if (found.reason === 'several-match') return found
    if (nearest.reason === 'no-match') nearest = found
  }
  return nearest
}

function byEmail(
  provider: IdentityProvider,
  { email, emailVerified }: Words,
  people: readonly Person[],
): Correlated {
  if (email === undefined) return { kind: 'unknown', reason: 'no-match', candidates: [] }
  const address = lowerAscii(email)
  const candidates = people.filter(
    (person) => person.email !== undefined && lowerAscii(person.email) === address,
  )
  const [person, another] = candidates
  if (!speaksFor(provider, email)) {
    return { kind: 'unknown', reason: 'not-authoritative', candidates }
  }
  if (emailVerified !== true && !provider.emailsAreVerified) {
    return { kind: 'unknown', reason: 'email-unverified', candidates }
  }
  if (!person) return { kind: 'unknown', reason: 'no-match', candidates }
  return another
    ? { kind: 'unknown', reason: 'several-match', candidates }
    : { kind: 'person', person, by: 'email' }
}

function byId(provider: IdentityProvider, { id }: Words, people: readonly Person[]): Correlated {
  const person = id === undefined ? undefined : people.find((it) => it.id === id)
  if (!person) return { kind: 'unknown', reason: 'no-match', candidates: [] }
  return person.email !== undefined && speaksFor(provider, person.email)
    ? { kind: 'person', person, by: 'id' }
    : { kind: 'unknown', reason: 'not-authoritative', candidates: [person] }
}

// Beyond ASCII, letters that only look alike become the same one: the Kelvin sign becomes a `k`.
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
