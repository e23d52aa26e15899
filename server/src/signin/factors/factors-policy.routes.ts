// Administrators say which factors count.
import { factorsApi } from '@countersign/contract/api/factors'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { takeTurn } from '#signin/turn.store'
import { acceptedPolicy, factorsPolicyId, factorsPolicyKind } from './factors-policy.ts'
import { factorsDrafts, readFactorsPolicy } from './factors-policy.store.ts'

export function factorsPolicyRoutes({
  store,
  ledger,
}: Pick<SigninDependencies, 'store' | 'ledger'>): readonly Implementation[] {
  return [
    implement(factorsApi.factorsPolicy, async () => readFactorsPolicy(store.db)),

    implement(factorsApi.setFactorsPolicy, async ({ body }, { caller, reply }) => {
      const policy = acceptedPolicy(body, (id) => ledger.estate.get('group', id) !== undefined)
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        await takeTurn(tx)
        return [
          {
            event: 'identity.factors.set',
            kind: factorsPolicyKind,
            id: factorsPolicyId,
            after: { id: factorsPolicyId, ...policy },
          },
          ...(await factorsDrafts(tx, policy)),
        ]
      })
      reply.sequence(sequence)
      return policy
    }),
  ]
}
