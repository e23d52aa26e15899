// The inventory of applications, and everyone's own view of it.
import { applicationsApi } from '@countersign/contract/api/inventory'
import { problem } from '@countersign/contract/problems'
import type { Dependencies } from '#http/dependencies'
import { implement, type Implementation } from '#http/implement'
import { pageOf } from '#pillars/inventory'
import { openings } from './portal.ts'

export function applicationsRoutes({
  ledger,
  settings,
}: Pick<Dependencies, 'ledger' | 'settings'>): readonly Implementation[] {
  const { estate } = ledger
  return [
    implement(applicationsApi.applications, async ({ query }) =>
      pageOf(estate, 'application', query),
    ),
    implement(applicationsApi.mine, async (_, { caller, now }) => {
      if (caller.kind !== 'visitor') throw problem('access.sign_in_required')
      const { subject, address } = caller
      const mine = openings(estate, { subject, address, now }, settings.publicUrl)
      return {
        applications: mine.map(
          ({ application: { id, name, description, tier }, url, verdict }) => ({
            id,
            name,
            ...(description === undefined ? {} : { description }),
            tier,
            url,
            verdict,
          }),
        ),
      }
    }),
  ]
}
