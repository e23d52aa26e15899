// Data sets and their labels.
import { dataApi } from '@countersign/contract/api/inventory'
import type { Dependencies } from '#http/dependencies'
import { implement, type Implementation } from '#http/implement'
import { pageOf } from '#pillars/inventory'

export function dataRoutes({ ledger }: Pick<Dependencies, 'ledger'>): readonly Implementation[] {
  return [implement(dataApi.datasets, async ({ query }) => pageOf(ledger.estate, 'dataset', query))]
}
