// Devices and the facts known about them.
import { devicesApi } from '@countersign/contract/api/inventory'
import type { Dependencies } from '#http/dependencies'
import { implement, type Implementation } from '#http/implement'
import { pageOf } from '#pillars/inventory'

export function devicesRoutes({ ledger }: Pick<Dependencies, 'ledger'>): readonly Implementation[] {
  return [
    implement(devicesApi.devices, async ({ query }) => pageOf(ledger.estate, 'device', query)),
  ]
}
