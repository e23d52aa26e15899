// Ends what has an end: questions that nobody answered, and memberships that were given for a time.
import { accessRequest, membership } from '@countersign/contract/access-request'
import type { Dependencies } from '#http/dependencies'
import { readDocuments } from '#journal/documents.store'
import { accessRequestKind, membershipKind, overdue } from './access-requests.ts'

/** How often to look, in milliseconds: so much later than said a membership may end. */
export const membershipsEveryMs = 15_000

/** Looks once. @returns how many documents changed. */
export async function endMemberships({
  ledger,
  now,
}: Pick<Dependencies, 'ledger' | 'now'>): Promise<number> {
  const { changed } = await ledger.write('Workload::"server"', async (tx) =>
    overdue(
      (await readDocuments(tx, accessRequestKind)).map((it) => accessRequest.parse(it)),
      (await readDocuments(tx, membershipKind)).map((it) => membership.parse(it)),
      ledger.estate,
      now(),
    ),
  )
  return changed
}
