// Whether someone still has to become the first administrator, and the link that lets them.
import type { Estate } from '@countersign/contract/estate'
import type { Kysely } from 'kysely'
import { readDocument, readDocuments } from '#journal/documents.store'
import type { Draft } from '#journal/journal.store'
import type { Database } from '#store/database'
import { setupLink, setupLinkKind, type SetupLink } from './link.ts'
import { anyHasPasskey } from './passkey.store.ts'
import { administratorsOf, isPersona } from './people.ts'

/** True until some administrator can sign in: with a passkey or, in the demo, as a persona. */
export async function isSetupNeeded(
  db: Kysely<Database>,
  estate: Estate,
  { isDemo, now }: { readonly isDemo: boolean; readonly now: number },
): Promise<boolean> {
  const ids = administratorsOf(estate, now).map(({ id }) => id)
  if (isDemo && ids.some((id) => isPersona(estate, id))) return false
  return !(await anyHasPasskey(db, ids))
}

/** The link of this hash, if it may still be used. */
export async function usableLink(
  db: Kysely<Database>,
  id: SetupLink['id'],
  now: number,
): Promise<SetupLink | undefined> {
  const found = await readDocument(db, setupLinkKind, id)
  const link = found && setupLink.parse(found)
  return link && link.endsAt > now ? link : undefined
}

/** The removal of every link there is. */
export async function withoutLinks(
  db: Kysely<Database>,
  event: 'identity.link.issued' | 'identity.link.spent',
): Promise<readonly Draft[]> {
  const links = (await readDocuments(db, setupLinkKind)).map((it) => setupLink.parse(it))
  return links.map(({ id }) => ({ event, kind: setupLinkKind, id, after: null }))
}
