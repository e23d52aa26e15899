// What would have allowed this: the same question asked again with other facts.
import { decide } from './engine.ts'
import type { CompiledPolicies, Query } from './engine.ts'
import type { EntityStore } from './entities.ts'
import type { RecordJson } from './json.ts'

/** The facts as they would be after something a person could do. */
export interface Alternative {
  readonly id: string
  readonly context: RecordJson
}

/** The first alternative that turns the effective answer into an allow. Throws `DataError`. */
export function wouldAllow(
  policies: CompiledPolicies,
  entities: EntityStore,
  query: Query,
  alternatives: readonly Alternative[],
): string | undefined {
  return alternatives.find(({ context }) => {
    const { effective } = decide(policies, entities, { ...query, context })
    return effective.effect === 'allow'
  })?.id
}
