// From journal entries to what travels on the feed. Kinds of the server's own stay here.
import { type AnyDocument, type DocumentKind, documentKinds } from '@countersign/contract/documents'
import type { EventType } from '@countersign/contract/events'
import type { Change } from '@countersign/contract/feed'
import type { Batch } from './journal.store.ts'

const travels: ReadonlySet<string> = new Set(documentKinds)

/** The changes of feed documents in a batch, in order. */
export function changesOf({ entries }: Pick<Batch, 'entries'>): readonly Change[] {
  return entries.flatMap(({ kind, id, after }): readonly Change[] => {
    if (!isFeedKind(kind)) return []
    if (after === null) return [{ op: 'remove', kind, id }]
    // The write path lets nothing in that its schema refuses.
    return [{ op: 'put', item: { kind, document: after } as AnyDocument }]
  })
}

/** The event of a document that is added or changed, for the kinds that are put as a whole. */
export const putEvents = {
  person: 'identity.person.put',
  workload: 'identity.workload.put',
  group: 'identity.group.put',
  device: 'devices.device.put',
  host: 'networks.host.put',
  application: 'applications.application.put',
  dataset: 'data.dataset.put',
} as const satisfies Partial<Record<DocumentKind, EventType>>

export type PutKind = keyof typeof putEvents

function isFeedKind(kind: string): kind is DocumentKind {
  return travels.has(kind)
}
