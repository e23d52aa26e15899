// The official engine in WebAssembly, in its fastest form: policies parsed beforehand. It reads the
// entities again at every call, so a change costs it nothing more.
import { createRequire } from 'node:module'
import type * as Cedar from '@cedar-policy/cedar-wasm'
import type { PolicySyntax } from '@countersign/policy/syntax'
import { entitiesOf } from '../estate.ts'
import type { Estate } from '../estate.ts'
import type { Peer } from './peer.ts'

// Resolved from `authoring`, whose dependency it is.
const engine = createRequire(new URL('../../authoring/package.json', import.meta.url))(
  '@cedar-policy/cedar-wasm/nodejs',
) as typeof Cedar

type Call = Parameters<typeof engine.statefulIsAuthorized>[0]

export function cedarWasm(estate: Estate, policies: readonly PolicySyntax[]): Peer {
  engine.preparsePolicySet('bench', {
    staticPolicies: Object.fromEntries(policies.map(({ id, text }) => [id, text])),
  })
  const entities = new Map(entitiesOf(estate).map((entity) => [key(entity.uid), entity]))
  let all = [...entities.values()]
  return {
    name: 'cedar-wasm',
    decide: (query) => {
      const answer = engine.statefulIsAuthorized({
        ...query,
        context: query.context as Call['context'],
        entities: all as Call['entities'],
        preparsedPolicySetId: 'bench',
      })
      if (answer.type === 'failure') throw new Error(answer.errors[0]?.message)
      const { decision, diagnostics } = answer.response
      const errors = diagnostics.errors.map(({ policyId }) => policyId)
      return { effect: decision, because: { determining: diagnostics.reason, errors } }
    },
    change: (person) => {
      entities.set(key(person.uid), person)
      all = [...entities.values()]
    },
  }
}

function key({ type, id }: { readonly type: string; readonly id: string }): string {
  return `${type}"${id}`
}
