// Bulk import: all lines of a call, or none.
import { automationApi } from '@countersign/contract/api/automation'
import { actorOf } from '#http/caller'
import type { Dependencies } from '#http/dependencies'
import { implement, type Implementation } from '#http/implement'
import { keepDecisions } from '#pillars/visibility/decisions.store'
import { keepSignIns } from '#signin/friction/signins.store'
import { refuseMisfits, sortLines, withKeptFields } from './import.ts'

export function automationRoutes({
  ledger,
}: Pick<Dependencies, 'ledger'>): readonly Implementation[] {
  return [
    implement(automationApi.import, async ({ body: { lines } }, { caller, reply }) => {
      const { drafts, decisions, signIns } = sortLines(lines, caller.kind === 'operator')
      let kept = 0
      let signInsKept = 0
      const { sequence, changed } = await ledger.write(actorOf(caller), async (tx) => {
        refuseMisfits(ledger.estate, drafts)
        kept = (await keepDecisions(tx, decisions)).size
        signInsKept = await keepSignIns(tx, signIns)
        return withKeptFields(ledger.estate, drafts)
      })
      reply.sequence(sequence)
      return { changed, decisions: kept, signIns: signInsKept, sequence }
    }),
  ]
}
