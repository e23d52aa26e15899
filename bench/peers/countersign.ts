// This engine, asked with facts as plain JSON, as the others are.
import { decide } from '@countersign/policy/engine'
import type { CompiledPolicies } from '@countersign/policy/engine'
import type { EntityStore } from '@countersign/policy/entities'
import type { Peer } from './peer.ts'

export function countersign(policies: CompiledPolicies, store: EntityStore): Peer {
  return {
    name: 'countersign',
    decide: (query) => {
      const { effect, determining, errors } = decide(policies, store, query).effective
      return { effect, because: { determining, errors: errors.map(({ policy }) => policy) } }
    },
    change: (person) => store.upsert(person),
  }
}
