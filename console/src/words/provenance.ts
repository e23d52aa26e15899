// How a fact is known, in plain words.
import type { Provenance } from '@countersign/contract/facts'

export const provenanceWords: Readonly<
  Record<Provenance, { readonly badge: string; readonly meaning: string }>
> = {
  attested: { badge: 'Attested', meaning: 'proved by a hardware key' },
  reported: { badge: 'Reported', meaning: 'said by a management system' },
  'self-reported': { badge: 'Self-reported', meaning: 'said by the thing itself' },
}

export const isProvenance = (value: unknown): value is Provenance =>
  typeof value === 'string' && Object.hasOwn(provenanceWords, value)
