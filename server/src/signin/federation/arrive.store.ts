// Someone arrives from a provider: they are a person here, or they are not known. Nothing is made up
// for someone unknown; an administrator finds them in the queue.
import type { Estate } from '@countersign/contract/estate'
import type { Person } from '@countersign/contract/documents'
import type { ProviderLink, UnmatchedReason } from '@countersign/contract/api/federation'
import type { IdentityProvider } from '@countersign/contract/identity-provider'
import { problem } from '@countersign/contract/problems'
import type { Kysely } from 'kysely'
import type { Draft } from '#journal/journal.store'
import type { Database } from '#store/database'
import { correlate } from './correlate.ts'
import { pairId, providerLinkKind, referenceOf, unmatchedKind } from './provider.ts'
import { linksOf, readLink } from './provider.store.ts'
import type { Said } from './trust.ts'
import { readUnmatched, seen } from './unmatched.store.ts'
import { shownWords, subjectMaxCharacters, wordsOf } from './words.ts'

/** A sign-in at a provider, after everything that proves it was verified. */
export interface Elsewhere extends Said {
  /** The provider's own, lasting name for them. */
  readonly subject: string
  readonly claims: Readonly<Record<string, unknown>>
  /** When they proved who they are, in milliseconds since the epoch; undefined where it is not said. */
  readonly authTime: number | undefined
  /** The provider's name for its session. */
  readonly sid?: string | undefined
  /** What the provider gave us to speak of the session later; kept sealed. */
  readonly keepsakes?: Readonly<Record<string, string>> | undefined
  /** When to ask next whether the provider stands by the account, in milliseconds since the epoch. */
  readonly checkAt?: number | undefined
}

export type FederatedArrival =
  | { readonly kind: 'person'; readonly person: Person; readonly drafts: readonly Draft[] }
  | {
      readonly kind: 'unknown'
      readonly reason: UnmatchedReason
      readonly reference: string
      readonly drafts: readonly Draft[]
    }

/**
 * Who arrives, and what to record: the link at the first sign-in, or the unknown identity.
 * @throws signin.provider_refused where the provider has no usable name for them.
 */
export async function arriveFederated(
  db: Kysely<Database>,
  estate: Estate,
  provider: IdentityProvider,
  { subject, claims }: Pick<Elsewhere, 'subject' | 'claims'>,
  now: number,
): Promise<FederatedArrival> {
  if (subject === '' || subject.length > subjectMaxCharacters) {
    throw problem('signin.provider_refused', 'the provider has no usable name for them')
  }
  const id = pairId(provider.id, subject)
  const link = await readLink(db, id)
  const words = wordsOf(provider, claims)
  const found = await correlate(provider, words, {
    link,
    people: estate.all('person'),
    isTaken: async (person) =>
      (await linksOf(db, person)).some((other) => other.provider === provider.id),
    now,
  })
  if (found.kind === 'person') {
    const { person, by } = found
    const isFirst = link?.firstSignInAt === undefined
    const after: ProviderLink = {
      ...(link ?? { id, provider: provider.id, subject, person: person.id, linkedAt: now, by }),
      firstSignInAt: link?.firstSignInAt ?? now,
    }
    return { kind: 'person', person, drafts: isFirst ? await linked(db, after) : [] }
  }
  const { reason, candidates } = found
  const reference = referenceOf(id)
  const drafts = await seen(db, {
    id,
    reference,
    provider: provider.id,
    subject,
    reason,
    claims: shownWords(words),
    candidates: candidates.slice(0, candidatesMaxCount).map((candidate) => candidate.id),
    lastSeenAt: now,
  })
  return { kind: 'unknown', reason, reference, drafts }
}

const candidatesMaxCount = 8

/** What to record when someone is linked: the link, and that they are unknown no more. */
export async function linked(db: Kysely<Database>, link: ProviderLink): Promise<readonly Draft[]> {
  const event = 'identity.subject.linked'
  return [
    { event, kind: providerLinkKind, id: link.id, after: link },
    ...((await readUnmatched(db, link.id))
      ? [{ event, kind: unmatchedKind, id: link.id, after: null } as const]
      : []),
  ]
}
