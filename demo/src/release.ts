// The ready policies as a release, without a server: what tests and offline tools decide with.
import { createHash } from 'node:crypto'
import { canonicalJson } from '@countersign/contract/canonical'
import type { Release } from '@countersign/contract/documents'
import type { PolicySyntax } from '@countersign/policy/syntax'

/** Release number one of these policies. The same policies give the same digest. */
export function firstRelease(policies: readonly PolicySyntax[], createdAt: number): Release {
  const release = {
    id: 'rel_01j0000000000000000ready00',
    number: 1,
    createdAt,
    author: 'demo',
    policies: policies.map((policy) => ({ ...policy, est: { ...policy.est } })),
  }
  const digest = createHash('sha256').update(canonicalJson(release)).digest('hex')
  return { ...release, digest }
}
