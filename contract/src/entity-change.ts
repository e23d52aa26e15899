// From a change of a document to the change of the entity that policies reason about.
import type { EntityChange } from '@countersign/policy/entities'
import { entityTypes, isEntityKind, toEntity } from './entities.ts'
import type { Change } from './feed.ts'

/** What a change does to the entities, if anything. */
export function entityChange(change: Change): EntityChange | undefined {
  if (change.op === 'remove') {
    const { kind, id } = change
    return isEntityKind(kind) ? { op: 'remove', uid: { type: entityTypes[kind], id } } : undefined
  }
  const entity = toEntity(change.item)
  return entity && { op: 'upsert', entity }
}
