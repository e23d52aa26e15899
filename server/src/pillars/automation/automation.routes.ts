// Bulk import: all lines of a call, or none.
import { automationApi } from '@countersign/contract/api/automation'
import { actorOf } from '#http/caller'
import type { Dependencies } from '#http/dependencies'
import { implement, type Implementation } from '#http/implement'
import { keepDecisions } from '#pillars/visibility/decisions.store'
import { refuseMisfits, sortLines, withKeptFields } from './import.ts'

export function automationRoutes({
  ledger,
}: Pick<Dependencies, 'ledger'>): readonly Implementation[] {
  return [
    implement(automationApi.import, async ({ body: { lines } }, { caller, reply }) => {
      const { drafts, decisions } = sortLines(lines, caller.kind === 'operator')
      let kept = 0
      const { sequence, changed } = await ledger.write(actorOf(caller), async (tx) => {
        refuseMisfits(ledger.estate, drafts)
        kept = (await keepDecisions(tx, decisions)).size
        return withKeptFields(ledger.estate, drafts)
      })
      reply.sequence(sequence)
      return { changed, decisions: kept, sequence }
    }),
  ]
}
