// The keys with which we sign SAML. A key is published before it signs and after it has signed, so
// that whoever reads our metadata now and then never meets a signature that they cannot verify.
import { createHmac } from 'node:crypto'
import { problem } from '@countersign/contract/problems'
import { z } from 'zod'

const samlKey = z.strictObject({
  id: z.string(),
  state: z.enum(['current', 'next', 'previous']),
  /** PKCS #8 in PEM. */
  privateKey: z.string(),
  /** In PEM. */
  certificate: z.string(),
  /** Milliseconds since the epoch. */
  createdAt: z.int(),
})
export type HeldKey = z.infer<typeof samlKey>

/** What is kept, sealed. */
export const samlKeyring = z.strictObject({
  /** Makes the names that applications have for people; 32 random bytes in base64. It never changes. */
  pairwise: z.string(),
  keys: z.array(samlKey).max(8),
})
export type SamlKeyring = z.infer<typeof samlKeyring>

/** The key that signs now. */
export function signingKey({ keys }: SamlKeyring): HeldKey {
  const current = keys.find(({ state }) => state === 'current')
  // INVARIANT: a keyring is made with a current key, and no step leaves it without one.
  if (!current) throw new Error('there is no key that signs SAML')
  return current
}

/** Every certificate that is published, the one in use first. */
export function publishedCertificates({ keys }: SamlKeyring): readonly string[] {
  const order = ['current', 'next', 'previous']
  return keys
    .toSorted((left, right) => order.indexOf(left.state) - order.indexOf(right.state))
    .map(({ certificate }) => certificate)
}

export type RollOverStep = 'prepare' | 'activate' | 'retire'

/**
 * The keyring after one step of a roll-over.
 * @throws request.conflict where it is not the turn of this step.
 */
export function rolled(
  { pairwise, keys }: SamlKeyring,
  step: RollOverStep,
  made: HeldKey,
): SamlKeyring {
  const has = (state: HeldKey['state']): boolean => keys.some((it) => it.state === state)
  switch (step) {
    case 'prepare':
      if (has('next')) throw problem('request.conflict', 'there is a next key already: activate it')
      return { pairwise, keys: [...keys, { ...made, state: 'next' }] }
    case 'activate':
      if (!has('next')) throw problem('request.conflict', 'there is no next key: prepare one')
      return {
        pairwise,
        keys: keys
          .filter(({ state }) => state !== 'previous')
          .map((key) => ({ ...key, state: key.state === 'next' ? 'current' : 'previous' })),
      }
    case 'retire':
      if (!has('previous')) throw problem('request.conflict', 'no key is left over')
      return { pairwise, keys: keys.filter(({ state }) => state !== 'previous') }
  }
}

/**
 * What one application calls a person: always the same, and nothing to anyone else (saml-core §8.3.7).
 */
export function pairwiseName(
  { pairwise }: Pick<SamlKeyring, 'pairwise'>,
  { application, person }: { readonly application: string; readonly person: string },
): string {
  return createHmac('sha256', Buffer.from(pairwise, 'base64'))
    .update(JSON.stringify([application, person]))
    .digest('base64url')
}
