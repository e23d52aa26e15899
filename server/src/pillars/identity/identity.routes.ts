// People, workloads and groups, as they are known now.
import { identityApi } from '@countersign/contract/api/identity'
import type { Dependencies } from '#http/dependencies'
import { implement, type Implementation } from '#http/implement'
import { pageOf } from '#pillars/inventory'

export function identityRoutes({
  ledger,
}: Pick<Dependencies, 'ledger'>): readonly Implementation[] {
  const { estate } = ledger
  return [
    implement(identityApi.people, async ({ query }) => pageOf(estate, 'person', query)),
    implement(identityApi.workloads, async ({ query }) => pageOf(estate, 'workload', query)),
    implement(identityApi.groups, async ({ query }) => pageOf(estate, 'group', query)),
  ]
}
