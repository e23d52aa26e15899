// Why someone whom a provider knows is nobody here, and what the provider says of them, in words.
import type { UnmatchedReason } from '@countersign/contract/api/federation'

export const unmatchedWords: Readonly<Record<UnmatchedReason, string>> = {
  'no-match': 'Nobody here has this address or id.',
  'several-match': 'Several people here have this address, so none of them was chosen.',
  'not-authoritative':
    'The address belongs to a domain that this provider does not speak for, so its word did not count.',
  'email-unverified':
    'The provider does not say that it checked the address, so its word did not count.',
  'subject-changed':
    'The person with this address is linked to another account at the provider. The address may have been given to someone new.',
  inactive: 'The person it belongs to may not sign in here: not any more, or not yet.',
}

const claimTitles: Readonly<Record<string, string>> = {
  name: 'Name',
  email: 'E-mail',
  emailVerified: 'E-mail checked',
  id: 'Id',
  department: 'Department',
  title: 'Title',
}

/** What a claim in our words is called on a page. */
export const claimTitle = (claim: string): string =>
  (Object.hasOwn(claimTitles, claim) ? claimTitles[claim] : undefined) ?? claim
